// ---- The config: what the controls change, and what the address, "copy as config" and the engine take ----

const standardConfig = {
  data: {type: "xor", samples: 200, noise: 0.15, validation: {fraction: 0.3}, preprocess: "standard"},
  model: {layers: [{type: "dense", units: 4, activation: "relu"}, {type: "dense", units: 2, activation: "relu"}, {type: "dense", units: "auto"}]},
  loss: "bce_with_logits",
  optimizer: {type: "sgd", learning_rate: 0.03},
  train: {epochs: 200, batch_size: 10, seed: 18},
};

// The data sets to choose from, with the noise that they start with and the range of it.
const kinds = {
  xor: {name: "xor", data: {type: "xor", samples: 200, noise: 0.15}, noise: 0.5},
  circles: {name: "circles", data: {type: "circles", samples: 200, noise: 0.1}, noise: 0.5},
  moons: {name: "moons", data: {type: "moons", samples: 200, noise: 0.15}, noise: 0.5},
  spirals: {name: "spirals", data: {type: "spirals", samples_per_arm: 97, noise: 0}, noise: 1},
  blobs: {name: "blobs", data: {type: "blobs", samples: 200, noise: 0.25}, noise: 1, loss: "softmax_cross_entropy"},
  sine: {name: "sine", data: {type: "sine", samples: 100, noise: 0.1}, noise: 0.5, loss: "mse"},
  csv: {name: "own", data: {type: "csv", path: "points.csv"}},
};

const copyOf = (value) => JSON.parse(JSON.stringify(value));
const typeOf = (part) => (typeof part === "string" ? part : part?.type);
const asObject = (part) => (typeof part === "string" ? {type: part} : part ?? {});

// The keys of a path such as "optimizer.learning_rate" or "model.layers[0].units".
const keysOf = (path) => path.split(/\.|\[|\]\.?/).filter(Boolean);

// The value at a path; a part that is only a name has no other keys.
function valueAt(config, path) {
  return keysOf(path).reduce((part, key) => (typeof part === "object" && part !== null ? part[key] : undefined), config);
}

function putAt(config, path, value) {
  const keys = keysOf(path);
  const last = keys.pop();
  let part = config;
  for (const key of keys) {
    part[key] = asObject(part[key]);
    part = part[key];
  }
  part[last] = value;
}

// Puts a line such as "model.layers[0].units=8", as --set takes it.
function putLine(config, line) {
  const at = line.indexOf("=");
  const text = line.slice(at + 1);
  let value = text;
  try { value = JSON.parse(text); } catch { /* a text without quotes */ }
  putAt(config, line.slice(0, at), value);
}

const isDense = (layer) => typeOf(layer) === "dense";

// The dense layers of a config but for the last, whose units are the outputs.
function hiddenLayers(config) {
  return config.model.layers.filter(isDense).slice(0, -1);
}

// The rate of dropout after the hidden layers: that of the first such layer, 0 without any.
function dropoutOf(config) {
  const layer = config.model.layers.find((each) => typeOf(each) === "dropout");
  return layer ? asObject(layer).rate ?? 0.5 : 0;
}

function putDropout(config, rate) {
  const layers = config.model.layers.filter((layer) => typeOf(layer) !== "dropout");
  const last = layers.findLastIndex(isDense);
  config.model.layers = layers.flatMap((layer, i) => (rate > 0 && isDense(layer) && i < last ? [layer, {type: "dropout", rate}] : [layer]));
}

// The data of another kind, with the parts and the scaling as they are, and the loss that suits it.
function putKind(config, kind, classes = 2) {
  const {test, validation, preprocess} = asObject(config.data);
  const {data, loss} = kinds[kind];
  config.data = {...copyOf(data), ...(test ? {test} : {}), ...(validation ? {validation} : {}), preprocess: preprocess ?? "standard"};
  config.loss = loss ?? lossFor(classes);
  putOutputs(config);
}

// classes: 0 for values.
const lossFor = (classes) => (classes === 0 ? "mse" : classes === 2 ? "bce_with_logits" : "softmax_cross_entropy");

function putOutputs(config) {
  const last = config.model.layers.findLast(isDense);
  if (last) last.units = "auto";
}

// ---- The address: #config=…&files=…&hide=data,training ----

// A link that was cut within a character is left as it is, and refused as a config.
function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

function readAddress() {
  const values = new Map(location.hash.slice(1).split("&").filter(Boolean).map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), decoded(pair.slice(at + 1))];
  }));
  return {config: values.get("config"), files: values.has("files") ? JSON.parse(values.get("files")) : {},
          hide: new Set((values.get("hide") ?? "").split(",").filter(Boolean))};
}

function addressOf({config, files, hidden}) {
  const parts = [`config=${encodeURIComponent(JSON.stringify(config))}`];
  if (Object.keys(files).length) parts.push(`files=${encodeURIComponent(JSON.stringify(files))}`);
  if (hidden.size) parts.push(`hide=${[...hidden].join(",")}`);
  return "#" + parts.join("&");
}

// ---- Points of one's own, as a table ----

function tableOf(points) {
  return "x,y,class\n" + points.map(({x, y, name}) => `${x},${y},${name}\n`).join("");
}

// The points of a table with the columns x, y and class; null if it is another table.
function pointsOf(table) {
  const rows = table.trim().split(/\r?\n/).map((line) => line.trim().split(/\s*[,;\t]\s*/)).filter((row) => row.length > 1);
  if (rows.length && rows[0].slice(0, 2).some((cell) => cell === "" || Number.isNaN(Number(cell)))) rows.shift();
  if (rows.some((row) => row.length !== 3 || Number.isNaN(Number(row[0])) || Number.isNaN(Number(row[1])) || row[2] === "")) return null;
  return rows.map(([x, y, name]) => ({x: Number(x), y: Number(y), name}));
}

// How many classes the last column of a table has; 0 if it holds values.
function classesIn(table) {
  const cells = table.trim().split(/\r?\n/).slice(1).map((line) => line.split(/[,;\t]/).at(-1).trim());
  const distinct = new Set(cells);
  const isNumeric = cells.every((cell) => cell !== "" && !Number.isNaN(Number(cell)));
  return isNumeric && (distinct.size > 10 || [...distinct].some((cell) => !Number.isInteger(Number(cell)))) ? 0 : distinct.size;
}
