// The functions of the playground's page that need no browser.
//
//   node --test functions_test.mjs
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const script = ["tools", "config", "network", "map", "curves"].map((name) => read(`apps/playground/page/${name}.js`)).join("\n");
const names = ["shown", "steady", "percent", "exactly", "writeSigned", "valueAt", "putAt", "putLine", "dropoutOf", "putDropout", "pointsOf", "tableOf", "classesIn",
               "lossFor", "clipLine", "unitVector", "paintClasses", "scaleOf", "addressOf", "neighbour", "network"];
const page = new Function("document", `${script}\npalette = {negative: [255, 0, 0], positive: [0, 0, 255], mixed: [255, 255, 255], classes: [[255, 0, 0], [0, 0, 255], [0, 255, 0]]};
return { ${names.join(", ")} };`)({createElement: () => ({})});

// [argument, …, what comes out]
function rows(name, call, table) {
  test(name, () => { for (const row of table) assert.deepEqual(call(...row.slice(0, -1)), row.at(-1), JSON.stringify(row)); });
}

rows("a number has three digits and a true minus", page.shown, [
  [0, "0"], [0.12345, "0.123"], [-1.5, "−1.5"], [1234, "1230"], [2e-7, "2e−7"], [-3.456e8, "−3.46e+8"], [NaN, "–"], [null, "–"], [undefined, "–"],
]);
rows("a loss keeps its width", page.steady, [[0.5, "0.5000"], [12.34567, "12.3457"], [1234.5, "1235"], [Infinity, "–"], [null, "–"]]);
rows("an accuracy is in percent", page.percent, [[0.5, "50.0 %"], [1, "100.0 %"], [null, "–"]]);
rows("an exact number is that of the equations", page.exactly, [
  [0.1, "0.1"], [-0.6931471805599454, "−0.693147181"], [2.5e-7, "2.5e-07"], [123456789012, "1.23456789e+11"], [0, "0"], [NaN, "not finite"],
]);

rows("t is orange below 0, blue above, and pale near 0", (t) => { const pixel = []; page.writeSigned(pixel, 0, t); return pixel; }, [
  [0, [255, 255, 255, 255]], [1, [0, 0, 255, 255]], [-1, [255, 0, 0, 255]], [9, [0, 0, 255, 255]], [-0.5, [255, 127.5, 127.5, 255]],
]);

// The colour is at most 0.85 of the class's: 255·0.15 = 38.25.
rows("a place has the colour of its most probable class, pale where that is unsure", (p, only) => {
  const pixel = [];
  page.paintClasses(p.map((each) => [each]), pixel, only);
  return pixel.map(Math.round);
}, [
  [[1, 0, 0], null, [255, 38, 38, 255]], [[0, 1, 0], null, [38, 38, 255, 255]], [[1 / 3, 1 / 3, 1 / 3], null, [255, 255, 255, 255]],
  [[0, 0.2, 0.8], 2, [82, 255, 82, 255]], [[0, 0.2, 0.8], 0, [255, 255, 255, 255]],
]);

const config = () => ({optimizer: "sgd", model: {layers: [{type: "dense", units: 4}, "dropout", {type: "dense", units: 2}, {type: "dense", units: 1}]}});

rows("a value is found by its path", (path) => page.valueAt(config(), path), [
  ["model.layers.0.units", 4], ["optimizer", "sgd"], ["optimizer.momentum", undefined], ["train.seed", undefined],
]);

test("a name becomes an object when one of its keys is set", () => {
  const changed = config();
  page.putAt(changed, "optimizer.momentum", 0.9);
  page.putAt(changed, "train.seed", 3);
  assert.deepEqual(changed.optimizer, {type: "sgd", momentum: 0.9});
  assert.deepEqual(changed.train, {seed: 3});
});

rows("a line of --set changes the config", (line) => { const changed = config(); page.putLine(changed, line); return changed; }, [
  ["model.layers[0].units=8", {...config(), model: {layers: [{type: "dense", units: 8}, ...config().model.layers.slice(1)]}}],
  ["optimizer.learning_rate=0.1", {...config(), optimizer: {type: "sgd", learning_rate: 0.1}}], ["loss=mse", {...config(), loss: "mse"}],
  ['optimizer={"type": "adam"}', {...config(), optimizer: {type: "adam"}}],
]);

test("dropout follows each hidden layer, and goes again", () => {
  const changed = config();
  assert.equal(page.dropoutOf(changed), 0.5);
  page.putDropout(changed, 0.2);
  assert.deepEqual(changed.model.layers.map(({type}) => type), ["dense", "dropout", "dense", "dropout", "dense"]);
  assert.equal(page.dropoutOf(changed), 0.2);
  page.putDropout(changed, 0);
  assert.deepEqual(changed.model.layers.map(({type}) => type), ["dense", "dense", "dense"]);
});

rows("points come from a table of x, y and class", page.pointsOf, [
  ["x,y,class\n1,-2.5,a\n0,1e-1,b\n", [{x: 1, y: -2.5, name: "a"}, {x: 0, y: 0.1, name: "b"}]],
  ["1; 2; 0\r\n3; 4; 1", [{x: 1, y: 2, name: "0"}, {x: 3, y: 4, name: "1"}]],
  ["1\t2\tred", [{x: 1, y: 2, name: "red"}]],
  ["a,b,c,d\n1,2,3,4", null], ["x,y,class\n1,two,a", null], ["x,y,class\n1,2,", null],
]);
rows("points go into a table and come back", (points) => page.pointsOf(page.tableOf(points)), [[[{x: 1, y: 2, name: "a b"}], [{x: 1, y: 2, name: "a b"}]], [[], []]]);
rows("the last column of a table holds classes or values", page.classesIn, [
  ["x,y,c\n1,1,0\n2,2,1\n3,3,1", 2], ["x,y,c\n1,1,red\n2,2,green\n3,3,blue", 3], ["x,c\n1,0.5\n2,0.7", 0],
  ["x,c\n" + Array.from({length: 11}, (_, i) => `0,${i}`).join("\n"), 0],
]);
rows("the loss follows from the number of classes", page.lossFor, [[0, "mse"], [2, "bce_with_logits"], [3, "softmax_cross_entropy"]]);

const box = {x: [0, 10], y: [0, 10]};
rows("a hinge is cut at the edges of the picture", (line) => page.clipLine(line, box), [
  [[1, 0, -4], [[4, 0], [4, 10]]], [[0, 2, -6], [[0, 3], [10, 3]]], [[1, -1, 0], [[0, 0], [10, 10]]],
  [[1, 0, 1], null], [[1, 1, -30], null],
]);
rows("a direction has length 1", page.unitVector, [[[3, 4], [0.6, 0.8]], [[0, 0], [0, 0]]]);

const frame = {left: 0, right: 100, top: 0, bottom: 100};
rows("the scale of a curve ends at 1, 2 or 5 above its largest value", (values) => page.scaleOf(values, 10, frame).high, [
  [[0.7, 0.3], 1], [[1.2], 2], [[0.04, 0.031], 0.05], [[], 1], [[7], 10], [[...Array(40).fill(0.4), 1000], 2],
]);

rows("an address says only what there is to say", (files, hidden) => page.addressOf({config: {a: 1}, files, hidden: new Set(hidden)}), [
  [{}, [], "#config=%7B%22a%22%3A1%7D"], [{}, ["data", "curves"], "#config=%7B%22a%22%3A1%7D&hide=data,curves"],
  [{"p.csv": "1"}, [], "#config=%7B%22a%22%3A1%7D&files=%7B%22p.csv%22%3A%221%22%7D"],
]);

test("arrows lead from unit to unit, W to the weights, Escape back", () => {
  page.network.columns = [{units: 2}, {units: 4, layer: 1}, {units: 1, layer: 2}];
  page.network.first = [0, 0, 0];
  const table = [["u 0 0", "ArrowRight", "u 1 0"], ["u 1 3", "ArrowRight", "u 2 0"], ["u 2 0", "ArrowRight", "u 2 0"], ["u 1 3", "ArrowDown", "u 1 3"],
                 ["u 1 3", "ArrowLeft", "u 0 1"], ["u 0 0", "w", null], ["u 1 2", "w", "w 1 2 0"], ["u 1 2", "W", "w 1 2 0"], ["w 1 2 0", "ArrowDown", "w 1 2 1"],
                 ["w 1 2 1", "ArrowDown", "w 1 2 1"], ["w 1 2 1", "ArrowLeft", "u 0 1"], ["w 1 2 1", "Escape", "u 1 2"], ["w 1 2 1", "x", null]];
  for (const [from, key, to] of table) assert.equal(page.neighbour(from, key), to, `${from} ${key}`);
});

test("the colours are those of the other pages", () => {
  const palette = read("apps/hinge/drawing/palette.cpp");
  const [light, dark] = read("apps/playground/playground.css").split(':root[data-theme="dark"]');
  for (const [, name, value] of [...light.slice(0, 1200).matchAll(/--(d-\w+): (#\w{6})/g)]) assert.ok(palette.includes(`{"${name}", "${value}"`), `${name} ${value}`);
  for (const [, name, value] of [...dark.slice(0, 600).matchAll(/--(d-\w+): (#\w{6})/g)]) {
    assert.match(palette, new RegExp(`\\{"${name}", "#\\w{6}", "${value}"\\}`), `${name} ${value}`);
  }
});

test("no script ends the element that holds it", () => {
  for (const name of ["tools", "config", "session", "network", "map", "curves", "inspector", "sample", "controls", "page"]) {
    assert.doesNotMatch(read(`apps/playground/page/${name}.js`), /<\/script|<!--/i, name);
  }
});
