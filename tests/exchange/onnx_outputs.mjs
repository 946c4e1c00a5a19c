// Prints what onnxruntime gives for NUMBER.onnx on the rows of NUMBER.inputs.json, for each number below COUNT.
//
//   node onnx_outputs.mjs FOLDER_OF_NODE_MODULES COUNT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, count] = process.argv.slice(2);
const ort = createRequire(`${folder}/package.json`)("onnxruntime-node");
const all = [];
for (let number = 0; number < Number(count); ++number) {
  const rows = JSON.parse(readFileSync(`${number}.inputs.json`, "utf8"));
  const session = await ort.InferenceSession.create(`${number}.onnx`, {logSeverityLevel: 3});
  const inputs = new ort.Tensor("float32", Float32Array.from(rows.flat()), [rows.length, rows[0].length]);
  const {data, dims} = (await session.run({inputs})).outputs;
  all.push(rows.map((_, i) => Array.from(data.slice(i * dims[1], (i + 1) * dims[1]))));
  await session.release();
}
console.log(JSON.stringify(all));
