// Training steps per second of the playground's engine, as WebAssembly, beside those of TensorFlow Playground's nn.ts, in turn in
// one process: spirals, networks with tanh, batches of 10, plain SGD. Seconds are those of the processor, so that other
// programs do not count. The other code is not here: give its src/nn.ts as a module of JavaScript.
//   node bench/playground.mjs build/wasm/apps/playground/hinge_engine.js NN.mjs
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openEngineOf } from '../tests/playground/engine_node.mjs';

const [module, other] = process.argv.slice(2);
const rounds = 5;
const batch = 10;
const networks = [[4, 2], [8, 8], [32, 32], [128, 128]];

const engine = await openEngineOf(resolve(module));
const nn = await import(pathToFileURL(other));

// Steps per second of `train(steps)`, which takes about half a second.
function speedOf(train) {
  const seconds = (steps) => {
    const start = process.cpuUsage();
    train(steps);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  const steps = Math.max(20, Math.ceil(400 * 0.5 / seconds(400)));
  return steps / seconds(steps);
}

// All that the page's steps do: figures of each epoch, the health of the units, snapshots to go back to.
function trainHinge(hidden) {
  const dense = (units) => ({ type: 'dense', units, activation: 'tanh' });
  const answer = engine.request({
    do: 'open',
    config: {
      data: { type: 'spirals', samples_per_arm: 100, preprocess: 'standard' },
      model: { layers: [...hidden, 1].map(dense) },
      loss: 'half_squared_sum',
      optimizer: { type: 'sgd', learning_rate: 0.03 },
      train: { batch_size: batch },
    },
  });
  if (answer.error) throw new Error(answer.error);
  return { samples: answer.data.train, train: (count) => engine.request({ do: 'step', count }) };
}

// As playground.ts: one sample after the other, an update after each batch; without its losses over all points.
function trainOther(hidden, samples) {
  const points = samples.inputs.map((x, i) => ({ x: x.map((v) => v / 6), label: samples.targets[i] === 0 ? -1 : 1 }));
  const network = nn.buildNetwork([2, ...hidden, 1], nn.Activations.TANH, nn.Activations.TANH, null, ['x', 'y']);
  return (count) => {
    for (let i = 0; i < count * batch; ++i) {
      const point = points[i % points.length];
      nn.forwardProp(network, point.x);
      nn.backProp(network, point.label, nn.Errors.SQUARE);
      if ((i + 1) % batch === 0) nn.updateWeights(network, 0.03, 0);
    }
  };
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
for (const hidden of networks) {
  const { samples, train } = trainHinge(hidden);
  const other = trainOther(hidden, samples);
  const rows = Array.from({ length: rounds }, () => [speedOf(train), speedOf(other)]);
  const [ours, theirs, ratio] = [rows.map((row) => row[0]), rows.map((row) => row[1]), rows.map((row) => row[0] / row[1])].map(median);
  console.log(`2-${hidden.join('-')}-1: ${Math.round(ours)} steps/s, nn.ts ${Math.round(theirs)}: ${ratio.toFixed(1)} times`);
}
