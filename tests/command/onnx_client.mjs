// Runs a model in ONNX on the rows of a table, and compares with what hinge predict printed for them. Ends with 1 where they differ.
//
//   node onnx_client.mjs FOLDER_OF_NODE_MODULES MODEL TABLE PREDICTIONS METADATA
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, model, table, predictions, metadata] = process.argv.slice(2);
const ort = createRequire(`${folder}/package.json`)("onnxruntime-node");
const rowsOf = (path) => readFileSync(path, "utf8").trim().split("\n").map((line) => line.split(","));

const [header, ...rows] = rowsOf(table);
const {features = [], categories = {}} = JSON.parse(readFileSync(metadata, "utf8"));

// A number of a row: NaN for a gap, and whether there is one for `colour is missing`.
function numberOf(row, feature) {
  const of = feature.replace(/ is missing$/, "");
  const cell = row[header.indexOf(of)];
  if (of !== feature) return cell === "" ? 1 : 0;
  return cell === "" ? NaN : Number(cell);
}
const inputs = {};
if (features.length > 0) {
  const numbers = Float32Array.from(rows.flatMap((row) => features.map((name) => numberOf(row, name))));
  inputs.inputs = new ort.Tensor("float32", numbers, [rows.length, features.length]);
}
if (Object.keys(categories).length > 0) {
  const codes = rows.flatMap((row) => Object.entries(categories).map(([name, all]) => BigInt(all.indexOf(row[header.indexOf(name)]))));
  inputs.categories = new ort.Tensor("int64", BigInt64Array.from(codes), [rows.length, codes.length / rows.length]);
}
const session = await ort.InferenceSession.create(model, {logSeverityLevel: 3});
const results = await session.run(inputs);
const outputs = results.outputs.data;
const width = outputs.length / rows.length;

const [names, ...wanted] = rowsOf(predictions);
const classes = names.filter((name) => name.startsWith("p(")).map((name) => name.slice(2, -1));
let worst = 0;
let wrong = 0;
wanted.forEach((row, i) => {
  const numbers = row.slice(-width).map(Number);
  numbers.forEach((number, k) => { worst = Math.max(worst, Math.abs(outputs[i * width + k] - number) / Math.max(1, Math.abs(number))); });
  if (classes.length > 0) wrong += classes[Number(results.class.data[i])] === row[0] ? 0 : 1;
});
console.log(`${wanted.length} rows, ${width} outputs: apart by ${worst.toExponential(1)}, ${wrong} other classes`);
// Sums of a few hundred floats in another order, through a few layers.
process.exit(wanted.length > 0 && wanted.length === rows.length && worst <= 1e-5 && wrong === 0 ? 0 : 1);
