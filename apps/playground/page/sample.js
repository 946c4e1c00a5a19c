// ---- One sample: forward, loss, backward, update, with the numbers of `hinge explain` ----

const phases = ["", "Forward", "Loss", "Backward", "Update"];

function openSample(number, phase = session.sample?.phase ?? 1) {
  pause();
  session.sample = {number, phase, explained: null};
  explainSample();
  showSample();
  draw();
}

function closeSample() {
  session.sample = null;
  showSample();
  draw();
}

// Asks for the numbers with the weights as they are now.
function explainSample() {
  if (!session.sample) return;
  const answer = ask({do: "explain", sample: session.sample.number, equations: true});
  if (answer) session.sample.explained = answer;
  if (answer) showSample();
}

// What is open beside the picture shows the weights as they are now.
function askAgain() {
  explainSample();
  prove();
}

function choosePhase(phase) {
  session.sample.phase = phase;
  showSample();
  drawValues();
  mark();
}

function showSample() {
  const {sample} = session;
  byId("sample").hidden = !sample?.explained;
  if (byId("sample").hidden) return;
  byId("sample-number").value = sample.number;
  byId("sample-number").max = dataOf().train.inputs.length;
  for (const button of all("[data-phase]")) button.setAttribute("aria-pressed", String(Number(button.dataset.phase) === sample.phase));
  const step = sample.explained.steps[0];
  const parts = [null, forwardParts, lossParts, backwardParts, updateParts][sample.phase](step);
  byId("sample-equations").replaceChildren(...parts);
  byId("sample-equations").scrollTop = 0;
  markEquations();
}

const equationNode = ({left, sides, remark}, note = "") =>
  make("p", {}, [left, ...sides.slice(0, -1)].join(" = ") + " = ", make("b", {textContent: sides.at(-1), "data-name": left}),
       ...(remark ? [` ${remark}`] : []), make("span", {className: "good", textContent: note && `  ${note}`}));

const heading = (text, unit = "") => make("h4", {textContent: text, "data-unit": unit});

function headingOf({layer, type, activation}, unit) {
  const kind = activation ? ` (${activation.split("(")[0]})` : type === "dense" ? "" : ` (${type})`;
  return heading(`Layer ${layer}, unit ${unit + 1}${kind}`, `${layer} ${unit}`);
}

// Scrolls to the equations of the unit that is chosen in the picture.
function markEquations() {
  const [, column, unit] = partsOf(session.chosen ?? "u 0 0");
  for (const each of all("h4", byId("sample-equations"))) {
    const isChosen = session.chosen !== null && each.dataset.unit === `${network.columns[column].layer} ${unit}`;
    each.classList.toggle("chosen", isChosen);
    if (isChosen) byId("sample-equations").scrollTop = each.offsetTop - byId("sample-equations").offsetTop;
  }
}

function forwardParts({layers, equations}) {
  return layers.flatMap((layer, l) => equations.layers[l].forward[0].flatMap((lines, unit) =>
    [headingOf(layer, unit), ...lines.map((line) => equationNode(line))]));
}

function lossParts({equations, loss}) {
  const predictions = equations.predictions?.[0] ?? [];
  return [heading(`Loss: ${session.sample.explained.loss.split("(")[0]}, target ${session.sample.explained.targets[0].map((y) => exactly(y)).join(", ")}`),
          ...predictions.map((sides, i) => equationNode({left: `p${i + 1}`, sides})),
          equationNode({left: "L", sides: [...equations.losses[0].slice(0, -1), exactly(loss)]})];
}

function backwardParts({layers, equations}) {
  return layers.map((layer, l) => equations.layers[l].backward[0].flatMap((lines, unit) =>
    [headingOf(layer, unit), ...lines.map((line) => equationNode(line)), ...gradientsOf(layer, equations.layers[l], unit)])).reverse().flat();
}

// The gradients of a unit's weights and bias, each with its central difference.
function gradientsOf(layer, equations, unit) {
  return layer.parameters.flatMap((parameter, p) => (parameter.trainable ? equations.gradients[p][unit] ?? [] : []).map(({name, sides}, col) => {
    const difference = parameter.difference[unit][col];
    const note = difference === null ? "" : `difference ${exactly(difference)} ${parameter.agrees[unit][col] ? "✓" : "DIFFERS"}`;
    return equationNode({left: `∂L/∂${name}`, sides: [...sides, exactly(parameter.gradient[unit][col])]}, note);
  }));
}

function updateParts({layers, equations, loss, loss_after}) {
  const note = make("p", {className: "hint", textContent: `With this sample as the whole batch, and an optimiser that begins here, L would go from ${exactly(loss)} to ${exactly(loss_after)}.`});
  return [note, ...layers.flatMap((layer, l) => equations.layers[l].forward[0].flatMap((_, unit) => {
    const lines = layer.parameters.flatMap((parameter, p) => (parameter.trainable ? equations.updates[l][p][unit] ?? [] : []).flat());
    return lines.length ? [headingOf(layer, unit), ...lines.map((line) => equationNode(line))] : [];
  }))];
}

// The numbers of the phase in the picture: activations, then δ; none without a sample.
function drawValues() {
  const layers = session.sample?.explained?.steps[0].layers;
  for (const [key, {button}] of network.units) {
    const [, column, unit] = partsOf(key);
    const sign = session.sample?.phase === 3 && !isInput(column) ? "δ " : "";
    if (layers) button.dataset.value = sign + shown(valueOfUnit(layers, column, unit));
    else delete button.dataset.value;
  }
}

function valueOfUnit(layers, column, unit) {
  if (isInput(column)) return layers[0].x[0][unit];
  const layer = layers.find((each) => each.layer === network.columns[column].layer);
  return session.sample.phase === 3 ? layer?.delta[0][unit] : layer?.a[0][unit];
}

function listenToSample() {
  for (const button of all("[data-phase]")) button.onclick = () => choosePhase(Number(button.dataset.phase));
  byId("sample-number").onchange = () => openSample(clamp(Math.round(Number(byId("sample-number").value)) || 1, 1, dataOf().train.inputs.length), session.sample.phase);
  byId("close-sample").onclick = () => { closeSample(); byId("open-sample").focus(); };
}
