// ---- The inspector: a weight to edit, or a unit with its history ----

const inspector = {key: null, field: null, state: null, asked: ""};

function focusInspector() {
  (find("input", byId("inspector")) ?? byId("close-inspector")).focus();
}

function showInspector() {
  const key = session.chosen;
  inspector.key = key;
  byId("inspector").hidden = !key;
  if (!key) return;
  const [kind, column, unit, input] = partsOf(key);
  const name = kind === "w" ? `Weight from ${unitName(column - 1, input)} to ${unitName(column, unit)}` : unitName(column, unit);
  byId("chosen").textContent = name[0].toUpperCase() + name.slice(1);
  inspector.field = null;
  if (kind === "w") byId("inspected").replaceChildren(editorOf(column, ".weight", unit, input));
  else if (isInput(column)) byId("inspected").replaceChildren(make("p", {textContent: rangeText(unit)}));
  else byId("inspected").replaceChildren(...unitParts(column, unit));
}

function rangeText(unit) {
  const values = dataOf().train.inputs.map((input) => input[unit]);
  return `From ${shown(Math.min(...values))} to ${shown(Math.max(...values))} in the training data${resolved("data.preprocess") === "none" ? "" : ", before scaling"}.`;
}

// A slider and a number for one element of a parameter.
function editorOf(column, ending, row, col) {
  const parameter = parameterOf(column, ending);
  const value = () => parameterOf(column, ending)?.values[row][col] ?? 0;
  const name = ending === ".bias" ? "bias" : "weight";
  const slider = make("input", {type: "range", min: -5, max: 5, step: 0.01, value: value(), "aria-label": `${name}, slider`});
  const number = make("input", {type: "number", step: "any", value: Number(value().toPrecision(7)), "aria-label": name});
  const edit = (text) => {
    if (text === "" || !Number.isFinite(Number(text))) return;
    const answer = ask({do: "edit", parameter: parameter.name, row, col, value: Number(text)});
    if (!answer) return;
    complain("");
    take(answer.state);
    askAgain();
    draw();
  };
  slider.oninput = () => { edit(slider.value); number.value = slider.value; };
  number.onchange = () => { edit(number.value); slider.value = number.value; };
  const field = {slider, number, value, gradient: make("p", {className: "hint number"}),
                 slope: () => parameterOf(column, ending)?.gradients?.[row]?.[col]};
  inspector.field = field;
  return make("div", {}, make("label", {className: "slider"}, slider, number), field.gradient);
}

// The value follows the training, but not under the hands of who types.
function refreshField() {
  const {field} = inspector;
  if (!field) return;
  const value = Number(field.value().toPrecision(7));
  if (document.activeElement !== field.slider || session.playing) field.slider.value = value;
  if (document.activeElement !== field.number || session.playing) field.number.value = value;
  const slope = field.slope();
  field.gradient.textContent = slope === null || slope === undefined ? "" : `gradient of the last batch: ${shown(slope, 4)}`;
}

function unitParts(column, unit) {
  const parts = [make("p", {className: "number", id: "unit-formula", textContent: formulaOf(column, unit)})];
  if (!isOutput(column)) parts.push(make("p", {id: "unit-words", textContent: wordsOf(column, unit)}));
  if (parameterOf(column, ".bias")) parts.push(make("span", {className: "hint", textContent: "bias"}), editorOf(column, ".bias", unit, 0));
  if (canLeak(column, unit)) {
    const button = make("button", {type: "button", id: "make-leaky", textContent: `Make layer ${column} leaky`});
    button.onclick = () => makeLeaky(column);
    const note = "The weights stay. Below 0 the slope becomes 0.01, so that the unit can learn again." + blockText(column);
    parts.push(make("div", {className: "row"}, button, make("span", {className: "hint", textContent: note})));
  }
  return parts;
}

// A dead layer behind a unit keeps all gradients from it.
function blockText(column) {
  const isDead = (layer) => layer > column && !isOutput(layer) && layerState(layer).units.every(({state}) => state === "dead");
  const dead = network.columns.findIndex((_, layer) => isDead(layer));
  return dead < 0 ? "" : ` But no gradient comes through layer ${dead}, which is all dead: make that leaky too.`;
}

// Why a unit is dead: the ledger of the engine.
function wordsOf(column, unit) {
  const answer = ask({do: "unit", layer: network.columns[column].layer, unit: unit + 1});
  return answer ? answer.words.join(" ") : "";
}

const canLeak = (column, unit) => unitState(column, unit) === "dead" && typeOf(network.columns[column].activation) === "relu";

function makeLeaky(column) {
  const {path} = network.columns[column];
  const key = session.chosen;
  changeOption(`${path}.activation`, {type: "leaky_relu", alpha: 0.01});
  choose(key);
  say(`Layer ${column} is leaky now.`);
}

function formulaOf(column, unit) {
  const weights = parameterOf(column, ".weight")?.values[unit] ?? [];
  const bias = parameterOf(column, ".bias")?.values[unit][0];
  const shownTerms = weights.slice(0, 6).map((w, i) => `${shown(w)}·${isInput(column - 1) ? network.columns[0].names[i] : `a${i + 1}`}`);
  if (weights.length > 6) shownTerms.push("…");
  if (bias !== undefined) shownTerms.push(shown(bias));
  const z = shownTerms.join(" + ").replaceAll("+ −", "− ");
  const name = typeOf(network.columns[column].activation);
  return `z = ${z},  a = ${name && name !== "identity" ? `${name}(z)` : "z"}`;
}

function drawInspector() {
  if (!inspector.key || byId("inspector").hidden) return;
  refreshField();
  const [kind, column, unit] = partsOf(inspector.key);
  if (kind === "w" || isInput(column)) return;
  byId("unit-formula").textContent = formulaOf(column, unit);
  // Its history is asked for again when its state changes, or when training pauses.
  const state = unitState(column, unit);
  if (!isOutput(column) && (state !== inspector.state || !session.playing) && `${session.state.step} ${state}` !== inspector.asked) {
    inspector.asked = `${session.state.step} ${state}`;
    const hadLeak = Boolean(byId("make-leaky"));
    if (hadLeak !== canLeak(column, unit)) return showInspector();
    byId("unit-words").textContent = wordsOf(column, unit);
  }
  inspector.state = state;
}

// ---- The verdict, when training pauses ----

const verdictTitles = {warn: "It could be better.", fail: "Something is wrong."};

const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");

function showVerdict() {
  const node = byId("verdict");
  node.hidden = true;
  if (session.state.epoch < 5 || session.hidden.has("verdict")) return;
  const {status, reason, note, causes: found = []} = session.engine.request({do: "verdict"});
  // That the loss still falls is no news here: training goes on at a click.
  const causes = found.filter(({name}) => name !== "still_falling");
  node.hidden = status !== "fail" && !causes.length;
  if (node.hidden) return;
  // What can be tried comes first; the reason is not said twice.
  const others = causes.filter(({evidence}) => evidence !== reason).map((cause) => ({...cause, set: curesOf(cause)}));
  others.sort((a, b) => b.set.length - a.set.length);
  const remarks = [reason, note].filter(Boolean).map((text) => make("p", {textContent: sentence(text)}));
  node.replaceChildren(make("strong", {textContent: verdictTitles[status] ?? "It learns."}), ...remarks,
                       ...others.slice(0, 2).flatMap(causeParts));
}

function causeParts({evidence, set}) {
  const button = make("button", {type: "button", textContent: `Try ${set.join(", ")}`});
  button.onclick = () => tryCure(set);
  return [make("p", {textContent: sentence(evidence)}), ...(set.length ? [button] : [])];
}

// A cause without a cure of its own that names the learning rate: a tenth of it.
function curesOf({name, key, set}) {
  if (set.length || key !== "optimizer.learning_rate" || name !== "steps_too_large") return set;
  return [`optimizer.learning_rate=${Number((resolved("optimizer.learning_rate") / 10).toPrecision(2))}`];
}

// A cure of the verdict is a line of --set. It is tried from the first weights, so that both trainings can be compared.
function tryCure(lines) {
  restartWith((config) => { for (const line of lines) putLine(config, line); });
  play();
}

// While training goes on: what the health of the units says, once it is bad.
function showAlarm() {
  const {status, reason, advice} = session.state.verdict;
  const isBad = status === "alarm" || status === "collapse";
  if (!isBad || session.hidden.has("verdict")) return;
  const text = [reason, advice].filter(Boolean).map(sentence).join(" ");
  const node = byId("verdict");
  node.hidden = false;
  if (node.textContent !== text) node.replaceChildren(make("p", {textContent: text}));
}
