// The C API from Node, through koffi: prints the predictions for the rows of stdin.
//
//   node client.mjs FOLDER_OF_NODE_MODULES LIBRARY MODEL
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, path, file] = process.argv.slice(2);
const koffi = createRequire(`${folder}/package.json`)("koffi");
const library = koffi.load(path);
const load = library.func("void *hinge_load(const char *path)");
const predict = library.func("int hinge_predict(void *model, const float *inputs, size_t samples, _Out_ float *outputs)");
const classify = library.func("int hinge_classify(void *model, const float *inputs, size_t samples, _Out_ size_t *classes)");
const className = library.func("const char *hinge_class_name(void *model, size_t index)");
const outputs = library.func("size_t hinge_outputs(void *model)");
const error = library.func("const char *hinge_error()");

if (load("none") !== null || error() !== "none: No such file or directory") throw new Error(error());
const model = load(file);
const rows = readFileSync(0, "utf8").trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
const inputs = Float32Array.from(rows.flat());
const width = Number(outputs(model));
const numbers = new Float32Array(rows.length * width);
const classes = new BigUint64Array(rows.length);
if (predict(model, inputs, rows.length, numbers) !== 0 || classify(model, inputs, rows.length, classes) !== 0) throw new Error(error());
rows.forEach((_, i) => console.log([className(model, Number(classes[i])), ...Array.from(numbers.slice(i * width, (i + 1) * width), String)].join(" ")));
library.func("void hinge_free(void *model)")(model);
