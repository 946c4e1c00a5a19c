// The engine as WebAssembly gives the numbers of the command, whose kernels are the baseline's (HINGE_ISA), to the bit.
//   engine_test.mjs ENGINE HINGE
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { openEngineOf, weightsOf } from './engine_node.mjs';

const [module, hinge] = process.argv.slice(2);
const engine = await openEngineOf(module);

function ask(request) {
  const answer = engine.request(request);
  assert.equal(answer.error, undefined, JSON.stringify(request));
  return answer;
}

// The weights of a model, in the order of the layers: its file holds tensors out × in.
function modelWeights(folder) {
  const bytes = readFileSync(`${folder}/model.safetensors`);
  const size = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + size).toString());
  const names = Object.keys(header).filter((name) => /^layers\.\d+\.(weight|bias)$/.test(name));
  const order = (name) => Number(name.split('.')[1]) * 2 + (name.endsWith('bias') ? 1 : 0);
  return names.sort((a, b) => order(a) - order(b)).flatMap((name) => {
    const [start, end] = header[name].data_offsets;
    const values = [];
    for (let at = 8 + size + start; at < 8 + size + end; at += 4) values.push(bytes.readFloatLE(at));
    return values;
  });
}

function train(config, name) {
  writeFileSync(`${name}.json`, typeof config === 'string' ? config : JSON.stringify(config));
  execFileSync(hinge, ['train', `${name}.json`, '--out', name, '--quiet'], { stdio: ['ignore', 'ignore', 'ignore'] });
  return modelWeights(name);
}

const floats = (numbers) => Array.from(Float32Array.from(numbers));
const dense = (units, activation = 'identity') => ({ type: 'dense', units, activation });
const sgd = { type: 'sgd', learning_rate: 0.05, momentum: 0.9 };
const adam = { type: 'adam', learning_rate: 0.01 };

// Every generator that the page offers, with SGD and with Adam: their samples and twenty epochs are the command's.
let count = 0;
for (const [type, layers, loss] of [
  ['spirals', [dense(8, 'tanh'), dense(8, 'relu'), dense(1)], 'bce_with_logits'],
  ['xor', [dense(4, 'sigmoid'), dense(1)], 'bce_with_logits'],
  ['circles', [dense(4, 'leaky_relu'), dense(2)], 'softmax_cross_entropy'],
  ['moons', [dense(5, 'gelu'), { type: 'dropout', rate: 0.2 }, dense(1)], 'bce_with_logits'],
  ['blobs', [dense(6, 'elu'), dense(3)], 'softmax_cross_entropy'],
  ['sine', [dense(7, 'softplus'), dense(1)], 'mse'],
]) {
  for (const optimizer of [sgd, adam]) {
    const data = { type, preprocess: 'standard', validation: { fraction: 0.3 } };
    const config = { data, model: { layers }, loss, optimizer, train: { epochs: 20, batch_size: 10, seed: 5 } };
    ask({ do: 'open', config });
    const { state } = ask({ do: 'epoch', count: 20 });
    assert.deepEqual(floats(weightsOf(state)), train(config, `run${++count}`), `${type}, ${optimizer.type}`);
  }
}

// Copied after 200 epochs, with weights edited before the first one.
const spiral = {
  data: { type: 'spirals', noise: 0.3, validation: { fraction: 0.5 }, preprocess: 'standard' },
  model: { layers: [dense(4, 'relu'), dense(2, 'tanh'), dense(1)] },
  loss: 'bce_with_logits',
  optimizer: { type: 'sgd', learning_rate: 0.03 },
  train: { batch_size: 10 },
};
ask({ do: 'open', config: spiral });
ask({ do: 'edit', parameter: 'layers.0.weight', row: 3, col: 1, value: -0.7 });
ask({ do: 'step', count: 77 });
ask({ do: 'back', steps: 50 });
ask({ do: 'run', until_epoch: 200 });
const copy = ask({ do: 'config' });
assert.equal(copy.exact, true);
assert.deepEqual(floats(weightsOf(ask({ do: 'state' }).state)), train(copy.text, 'copy'));

// One sample in all its numbers: of the untrained network, and of the trained one. Our exp and log are the same everywhere.
const explained = (...of) => JSON.parse(execFileSync(hinge, ['explain', ...of, '--json'], { encoding: 'utf8' }));
const withoutTitle = ({ title, ...rest }) => rest;
assert.deepEqual(withoutTitle(ask({ do: 'explain', sample: 8 })), withoutTitle(explained('copy', '--sample', '8')));
ask({ do: 'open', config: spiral });
writeFileSync('spiral.json', JSON.stringify(spiral));
assert.deepEqual(withoutTitle(ask({ do: 'explain', sample: 3 })), withoutTitle(explained('spiral.json', '--sample', '3')));
assert.ok(ask({ do: 'explain', sample: 3, equations: true }).steps[0].equations.layers[0].forward.length > 0);

// Own points, Mazur's example, and errors that abort nothing.
const points = 'x,y,class\n-1,-1,red\n1,1,red\n-1,1,blue\n1,-1,blue\n';
const own = { ...spiral, data: { type: 'csv', path: 'points.csv', target: 'class' } };
assert.deepEqual(ask({ do: 'open', config: own, files: { 'points.csv': points } }).data.classes, ['red', 'blue'].sort());
for (const request of [null, {}, { do: 'open', config: '{' }, { do: 'open', config: { model: 1 } }, { do: 'unit', layer: 9, unit: 1 }]) {
  assert.match(engine.request(request).error, /./);
}
assert.equal(engine.request({ do: 'open', config: { ...spiral, loss: 'mze' } }).place, '/loss');
assert.equal(ask({ do: 'state' }).state.step, 0);
assert.equal(engine.maps(16, 8).length, 7 * 8 * 16);
console.log(`${count + 1} models and 2 explanations are those of the command`);
