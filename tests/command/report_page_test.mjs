// The functions of a report's script that need no browser.
//
//   node --test report_page_test.mjs
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const script = readFileSync(new URL("../../apps/hinge/report/report_page.js", import.meta.url), "utf8");
const names = ["shown", "scaleOf", "nearest", "csvOf", "fileName", "rowText", "unitOf", "historyOf", "weightText", "weightPixels"];
const { shown, scaleOf, nearest, csvOf, fileName, rowText, unitOf, historyOf, weightText, weightPixels } =
  new Function(`${script}\nreturn { ${names.join(", ")} };`)();

// [argument, …, what comes out]
function rows(name, call, table) {
  test(name, () => { for (const row of table) assert.deepEqual(call(...row.slice(0, -1)), row.at(-1), JSON.stringify(row)); });
}

rows("a number has four digits, a whole one all of them", shown, [
  [0, "0"], [0.1, "0.1"], [0.123456, "0.1235"], [-1.5, "−1.5"], [60000, "60000"], [12345.678, "12350"], [-6.3e-17, "−6.3e−17"],
  [3308488687638661, "3.308e+15"], [-2e9, "−2e+9"], [NaN, "–"], [Infinity, "–"], [null, "–"],
]);

test("a scale leads from values to pixels and back", () => {
  for (const [text, value, pixel] of [["linear 0 10 50 150", 5, 100], ["whole 1 3 0 100", 2, 50], ["linear -1 1 200 100", 0.5, 125],
                                      ["log 0.01 100 0 400", 1, 200], ["log 0.01 100 400 0", 10, 100]]) {
    const scale = scaleOf(text);
    // Some additions and a logarithm: a few units in the last place of 400.
    assert.ok(Math.abs(scale.pixel(value) - pixel) < 1e-12 * 400, text);
    assert.ok(Math.abs(scale.value(pixel) - value) < 1e-12 * 100, text);
  }
});

rows("the nearest value is found, of equals the first", nearest, [
  [[1, 2, 4], 2.9, 1], [[1, 2, 4], 3.1, 2], [[1, 2, 4], 3, 1], [[1, 2, 4], -9, 0], [[1, 2, 4], 99, 2], [[5], 0, 0],
]);

rows("cells with commas, quotes and line ends are quoted", csvOf, [
  [[["epoch", "loss"], ["1", "0.5"]], "epoch,loss\n1,0.5\n"],
  [[["a,b", 'say "x"', "two\nlines", "c\rd", " e "]], '"a,b","say ""x""","two\nlines","c\rd", e \n'],
  [[], ""],
]);

rows("a file is named after its picture, whatever the name holds", fileName, [
  ["Weights of layer 1", "weights-of-layer-1.csv"], ["../../etc/passwd", "etc-passwd.csv"], ["Predicted against true: Größe", "predicted-against-true-größe.csv"],
  ["<script>", "script.csv"], ["→ %", "numbers.csv"], ["x".repeat(999), "x".repeat(80) + ".csv"],
]);

rows("a row of a curve is read aloud", rowText, [
  [["epoch", "training", "validation"], ["3", "0.512345", ""], "epoch 3 · training: 0.5123 · validation: –"],
  [["epoch", "layer 1"], ["100000", "-0"], "epoch 100000 · layer 1: 0"],
]);

test("a unit's history is told in sentences", () => {
  const unit = (changes) => ({ ...unitOf(["alive", false, "yes", 1, 7, 12, null, null, null, null, null, 0.25, 1.5, 3]), ...changes });
  const start = (state) => `Unit 7 of layer 1 is ${state}. It fires on 12 of 40 samples; mean |a| 0.25, largest z 3, ‖w‖ 1.5.`;
  const table = [
    [unit({}), start("alive")],
    [unit({ state: "dead", died_after: 2, died_at: 3, margin: 0.0285, revivable: "no" }),
     `${start("dead")} It died between the ends of epochs 2 and 3 (steps 20 to 30). The nearest sample is 0.0285 away from its hinge. It can never fire again.`],
    [unit({ state: "dead", revived_after: 2, revived_at: 3, died_after: 3, died_at: 4 }),
     `${start("dead")} It revived between the ends of epochs 2 and 3 (steps 20 to 30). It died between the ends of epochs 3 and 4 (steps 30 to 40).`],
    [unit({ born: true, revived_after: 0, revived_at: 1 }),
     `${start("alive")} It was dead before the first step. It revived between the ends of epochs 0 and 1 (steps 0 to 10).`],
  ];
  for (const [each, wanted] of table) assert.equal(historyOf(each, 40, 10), wanted);
  assert.ok(historyOf(unit({ died_after: 2, died_at: 3 }), 40, null).endsWith("It died between the ends of epochs 2 and 3."));
});

rows("the weights farthest from 0 come first, by name", weightText, [
  [[0.1, -2, 0], ["a", "b"], "Largest weights: b −2, a 0.1, input 3 0"],
  [Array.from({ length: 20 }, (x, i) => i), [], "Largest weights: " + Array.from({ length: 12 }, (x, i) => `input ${20 - i} ${19 - i}`).join(", ")],
]);

rows("weights are orange below 0 and blue above", weightPixels, [
  [[-2, 0, 2], [166, 89, 0, 255, 255, 255, 255, 255, 0, 84, 173, 255]],
  [[0], [255, 255, 255, 255]],
  [[1, -0.5], [0, 84, 173, 255, 211, 172, 128, 255]],
]);
