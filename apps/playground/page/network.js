// ---- The network: a column for the inputs and each dense layer, units with their maps, weights as lines ----

// All that can be chosen has a key: "u 2 0" is the first unit of column 2, "w 2 0 3" its fourth weight. Column 0 has the
// inputs. `at` is the key of the picture's only tab stop, `first` is the first drawn unit of each column.
const network = {columns: [], at: "u 0 0", first: [], wires: new Map(), units: new Map(), large: null, small: null};
const maxDrawn = 8;

const partsOf = (key) => key.split(" ").map((part, i) => (i ? Number(part) : part));
const kinked = new Set(["relu", "leaky_relu", "prelu"]);

// The columns of the network. Layers without weights of their own, such as dropout, are notes of the column before them.
function columnsOf({network: layers, data}) {
  const columns = [{units: data.features.length, names: data.features, notes: []}];
  for (const layer of layers) {
    if (layer.type === "dense") columns.push({...layer, notes: []});
    else columns.at(-1).notes.push(typeOf(layer.activation) ?? layer.type.replace("_", " "));
  }
  return columns;
}

const isInput = (column) => column === 0;
const isOutput = (column) => column === network.columns.length - 1;
const columnName = (column) => (isInput(column) ? "Inputs" : isOutput(column) ? "Output" : `Layer ${column}`);
const layerState = (column) => session.state.layers.find(({layer}) => layer === network.columns[column].layer);
const unitState = (column, unit) => (isInput(column) ? undefined : layerState(column)?.units[unit]?.state);
const parameterOf = (column, ending) => layerState(column)?.parameters.find(({name}) => name.endsWith(ending));
const drawnUnits = (column) => {
  const {units} = network.columns[column];
  return Array.from({length: Math.min(units, maxDrawn)}, (_, i) => network.first[column] + i);
};

function unitName(column, unit) {
  const {units, names} = network.columns[column];
  if (isInput(column)) return `input ${names[unit]}`;
  if (!isOutput(column)) return `layer ${column}, unit ${unit + 1}`;
  return units > 1 ? `output ${session.opened.data.classes[unit] ?? unit + 1}` : "output";
}

function buildNetwork() {
  network.columns = columnsOf(session.opened);
  network.first = network.columns.map(() => 0);
  const drawn = Math.max(...network.columns.map(({units}) => Math.min(units, maxDrawn)));
  byId("picture").style.setProperty("--unit", drawn > 6 ? "2.3rem" : "3.1rem");
  if (!exists(network.at)) network.at = "u 0 0";
  const focused = byId("columns").contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  byId("columns").replaceChildren(...network.columns.map((_, column) => buildColumn(column)));
  const hidden = hiddenLayers(session.config).length;
  byId("layer-count").textContent = `${hidden} hidden layer${hidden === 1 ? "" : "s"}`;
  byId("add-layer").disabled = hidden >= 6;
  byId("remove-layer").disabled = hidden === 0;
  fillUnits();
  if (focused) find(`[aria-label="${CSS.escape(focused)}"]`, byId("columns"))?.focus();
}

function exists(key) {
  const [, column, unit] = partsOf(key);
  return column < network.columns.length && unit < network.columns[column].units;
}

function buildColumn(column) {
  const head = make("div", {className: "head"}, make("span", {className: "name", textContent: columnName(column)}), ...headOf(column));
  const strip = make("div", {className: "strip"});
  const isHidden = !isInput(column) && !isOutput(column);
  return make("div", {className: "column"}, head, make("div", {className: "units"}),
              ...(isHidden ? [strip, make("div", {className: "alive"})] : []));
}

// What can be changed in a column: units, activation and its parameter.
function headOf(column) {
  const {units, notes, activation} = network.columns[column];
  const note = notes.length ? [make("span", {className: "name", textContent: notes.join(", ")})] : [];
  if (isInput(column)) return note;
  if (isOutput(column)) return [make("span", {className: "name", textContent: "loss"}), make("span", {textContent: words(typeOf(session.opened.config.loss))}), ...note];
  if (!hiddenLayers(session.config)[column - 1]) return note;
  const less = make("button", {type: "button", textContent: "−", "aria-label": `Fewer units in layer ${column}`, disabled: units === 1});
  const more = make("button", {type: "button", textContent: "+", "aria-label": `More units in layer ${column}`});
  less.onclick = () => putUnits(column, units - 1);
  more.onclick = () => putUnits(column, units + 1);
  const count = make("span", {className: "number", textContent: units});
  const size = make("div", {className: "row", "data-part": "layers"}, less, count, more);
  return [size, activationField(column, activation), ...alphaField(column, activation), ...note];
}

function putUnits(column, units) {
  restartWith((config) => { hiddenLayers(config)[column - 1].units = units; });
}

const activationNames = ["relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "tanh", "sigmoid",
                         "hard_tanh", "hard_sigmoid", "hard_swish", "identity"];

function activationField(column, activation) {
  const names = activationNames.includes(typeOf(activation)) ? activationNames : [typeOf(activation) ?? "identity", ...activationNames];
  const select = make("select", {"aria-label": `Activation of layer ${column}`}, ...names.map((name) => new Option(name.replaceAll("_", " "), name)));
  select.value = typeOf(activation) ?? "identity";
  select.onchange = () => restartWith((config) => { hiddenLayers(config)[column - 1].activation = select.value; });
  return select;
}

// The slope below 0, or what the activation has in its place.
function alphaField(column, activation) {
  if (activation?.alpha === undefined) return [];
  const input = make("input", {type: "number", step: "any", value: activation.alpha, "aria-label": `Alpha of layer ${column}`});
  input.onchange = () => restartWith((config) => {
    hiddenLayers(config)[column - 1].activation = {type: activation.type, alpha: Number(input.value)};
  });
  return [make("label", {className: "row"}, "α", input)];
}

// Buttons for the drawn units, lines for their weights, and a cell of the strip for every unit.
function fillUnits() {
  network.units.clear();
  all(".column", byId("columns")).forEach((node, column) => {
    find(".units", node).replaceChildren(...drawnUnits(column).map((unit) => unitButton(column, unit)));
    const strip = find(".strip", node);
    strip?.replaceChildren(...Array.from({length: network.columns[column].units}, (_, unit) => stripCell(column, unit)));
  });
  layoutWires();
}

function unitButton(column, unit) {
  const key = `u ${column} ${unit}`;
  const canvas = make("canvas");
  const button = make("button", {type: "button", className: "unit", "data-key": key}, canvas);
  const name = isInput(column) ? make("span", {className: "label", textContent: network.columns[0].names[unit]}) : null;
  if (name) button.append(name);
  network.units.set(key, {button, canvas});
  return button;
}

function stripCell(column, unit) {
  const cell = make("i", {title: `unit ${unit + 1}`});
  cell.onclick = () => choose(`u ${column} ${unit}`);
  return cell;
}

// Draws the lines from unit to unit; called when the units or the size of the page change.
function layoutWires() {
  const svg = byId("wires");
  const box = byId("columns").getBoundingClientRect();
  svg.setAttribute("width", box.width);
  svg.setAttribute("height", box.height);
  svg.replaceChildren();
  network.wires.clear();
  const visible = makeSvg("g", {}, svg);
  const touched = makeSvg("g", {}, svg);
  for (let column = 1; column < network.columns.length; ++column) {
    for (const unit of drawnUnits(column)) {
      for (const input of drawnUnits(column - 1)) addWire(column, unit, input, box, visible, touched);
    }
  }
  mark();
}

function addWire(column, unit, input, box, visible, touched) {
  const key = `w ${column} ${unit} ${input}`;
  const from = network.units.get(`u ${column - 1} ${input}`).button.getBoundingClientRect();
  const to = network.units.get(`u ${column} ${unit}`).button.getBoundingClientRect();
  const [x1, y1] = [from.right - box.left, from.top + from.height / 2 - box.top];
  const [x2, y2] = [to.left - box.left, to.top + to.height / 2 - box.top];
  const middle = (x1 + x2) / 2;
  const d = `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
  const wire = makeSvg("path", {d, class: "wire"}, visible);
  const hit = makeSvg("path", {d, class: "hit", role: "button", "data-key": key}, touched);
  network.wires.set(key, {wire, hit});
}

// Widths and colours of the lines, states of the units and of the strips.
function drawNetwork() {
  for (let column = 1; column < network.columns.length; ++column) {
    drawWires(column);
    drawStrip(column);
  }
  for (const [key, {button}] of network.units) {
    const [, column, unit] = partsOf(key);
    button.classList.toggle("dead", unitState(column, unit) === "dead");
  }
  drawUnitMaps();
}

function drawWires(column) {
  const weight = parameterOf(column, ".weight");
  if (!weight) return;
  const largest = Math.max(1, ...weight.values.flat().map(Math.abs));
  for (const unit of drawnUnits(column)) {
    for (const input of drawnUnits(column - 1)) {
      const value = weight.values[unit]?.[input] ?? 0;
      const size = Math.min(1, Math.abs(value) / largest);
      const {wire} = network.wires.get(`w ${column} ${unit} ${input}`);
      wire.setAttribute("class", wireClass(`w ${column} ${unit} ${input}`, value));
      wire.setAttribute("stroke-width", (0.6 + 6 * size).toFixed(2));
      wire.setAttribute("stroke-opacity", (0.25 + 0.65 * size).toFixed(2));
    }
  }
}

const wireClass = (key, value) => `wire ${value < 0 ? "negative" : "positive"}${key === session.chosen ? " chosen" : ""}`;

function drawStrip(column) {
  const node = byId("columns").children[column];
  const strip = find(".strip", node);
  if (!strip) return;
  const units = layerState(column)?.units ?? [];
  const dead = units.filter(({state}) => state === "dead").length;
  units.forEach(({state, fires}, unit) => {
    const cell = strip.children[unit];
    if (!cell) return;
    cell.classList.toggle("dead", state === "dead");
    cell.title = `unit ${unit + 1}: ${state}, fires on ${fires} of ${session.state.probe} samples`;
  });
  const text = dead ? `${dead} of ${units.length} dead` : "";
  const note = find(".alive", node);
  if (note.textContent !== text) note.textContent = text;
}

// ---- Choosing by pointer and keys ----

function labelOf(key) {
  const [kind, column, unit, input] = partsOf(key);
  if (kind === "w") {
    const value = parameterOf(column, ".weight")?.values[unit]?.[input];
    return `Weight from ${unitName(column - 1, input)} to ${unitName(column, unit)}: ${shown(value)}`;
  }
  const name = unitName(column, unit);
  const state = unitState(column, unit);
  const value = network.units.get(key)?.button.dataset.value;
  return name[0].toUpperCase() + name.slice(1) + [state, value].filter(Boolean).map((each, i) => (i ? ", " : ": ") + each).join("");
}

// The tab stop, what is chosen, and the names for screen readers.
function mark() {
  for (const node of all("[data-key]", byId("picture"))) {
    const {key} = node.dataset;
    node.setAttribute("tabindex", key === network.at ? "0" : "-1");
    node.setAttribute("aria-label", labelOf(key));
    node.classList.toggle("chosen", key === session.chosen);
  }
  for (const [key, {wire}] of network.wires) wire.classList.toggle("chosen", key === session.chosen);
}

// Shows a unit or a weight in the inspector, and brings it into the picture.
function choose(key) {
  session.chosen = key;
  if (key) {
    showInPicture(key);
    network.at = key;
  }
  showInspector();
  markEquations();
  draw();
  mark();
}

function showInPicture(key) {
  const [, column, unit] = partsOf(key);
  const first = network.first[column];
  if (unit >= first && unit < first + maxDrawn) return;
  network.first[column] = clamp(unit < first ? unit : unit - maxDrawn + 1, 0, Math.max(0, network.columns[column].units - maxDrawn));
  fillUnits();
}

// The key of the neighbour that an arrow leads to, or null.
function neighbour(key, press) {
  const [kind, column, unit, input] = partsOf(key);
  const across = {ArrowLeft: -1, ArrowRight: 1}[press] ?? 0;
  const down = {ArrowUp: -1, ArrowDown: 1}[press] ?? 0;
  if (kind === "w") {
    if (press === "Escape" || across > 0) return `u ${column} ${unit}`;
    if (across < 0) return `u ${column - 1} ${input}`;
    return down ? `w ${column} ${unit} ${clamp(input + down, 0, network.columns[column - 1].units - 1)}` : null;
  }
  if (press.toLowerCase() === "w") return isInput(column) ? null : `w ${column} ${unit} ${drawnUnits(column - 1)[0]}`;
  if (!across && !down) return null;
  const to = clamp(column + across, 0, network.columns.length - 1);
  return `u ${to} ${clamp(unit + down, 0, network.columns[to].units - 1)}`;
}

function pressInNetwork(event) {
  const key = event.target.dataset?.key;
  if (!key || event.ctrlKey || event.altKey || event.metaKey) return;
  const to = neighbour(key, event.key);
  if (to) {
    showInPicture(to);
    focusOn(to);
  } else if (event.key === "Enter" || event.key === " ") {
    choose(key);
    focusInspector();
  } else if (event.key === "Escape" && session.chosen) {
    choose(null);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function focusOn(key) {
  find(`[data-key="${key}"]`, byId("picture"))?.focus();
}

function listenToNetwork() {
  const picture = byId("picture");
  const keyOf = (event) => event.target.closest?.("[data-key]")?.dataset.key ?? null;
  picture.addEventListener("keydown", pressInNetwork);
  picture.addEventListener("click", (event) => { if (keyOf(event)) choose(keyOf(event)); });
  picture.addEventListener("focusin", (event) => {
    if (!keyOf(event)) return;
    network.at = keyOf(event);
    mark();
    point(network.at);
  });
  picture.addEventListener("focusout", () => point(null));
  picture.addEventListener("pointerover", (event) => point(keyOf(event)));
  picture.addEventListener("pointerleave", () => point(null));
  byId("add-layer").onclick = () => restartWith(addLayer);
  byId("remove-layer").onclick = () => restartWith((config) => {
    const last = hiddenLayers(config).at(-1);
    config.model.layers = config.model.layers.filter((layer) => layer !== last);
    putDropout(config, dropoutOf(session.config));
  });
}

function addLayer(config) {
  const before = hiddenLayers(config).at(-1);
  const layer = before ? {...copyOf(before), units: Math.min(before.units, 4)} : {type: "dense", units: 4, activation: "relu"};
  config.model.layers.splice(config.model.layers.findLastIndex(isDense), 0, layer);
  putDropout(config, dropoutOf(session.config));
}

// The unit under the pointer has its map drawn large.
function point(key) {
  const unit = key?.startsWith("u") ? key : null;
  if (unit === session.pointed) return;
  session.pointed = unit;
  drawMap();
}
