// ---- Controls: each shows a value of the config and changes it ----

const optimizers = ["sgd", "adam", "adamw", "rmsprop", "adagrad", "rprop"];
const initialisers = ["he_normal", "he_uniform", "xavier_normal", "xavier_uniform", "lecun_normal", "lecun_uniform", "orthogonal", "normal",
                      "uniform", "randomized_asymmetric", "zeros"];
const scalings = ["none", "standard", "minmax", "robust"];

const words = (name) => name.replaceAll("_", " ");
const resolved = (path) => valueAt(session.opened.config, path);
const putter = (path) => (value) => restartWith((config) => putAt(config, path, value));

// The controls of the data. A control without a value does not belong to what is open, and is not shown.
function dataControls() {
  const noise = kinds[resolved("data.type")]?.noise ?? 1;
  return [
    {name: "Samples", value: resolved("data.samples"), put: putter("data.samples"), kind: "number", min: 4, max: 5000, step: 1},
    {name: "Per arm", value: resolved("data.samples_per_arm"), put: putter("data.samples_per_arm"), kind: "number", min: 4, max: 2500, step: 1},
    {name: "Noise", value: resolved("data.noise"), put: putter("data.noise"), kind: "slider", min: 0, max: noise, step: noise / 50},
    {name: "Validation", value: resolved("data.validation.fraction"), put: putter("data.validation.fraction"), kind: "slider", min: 0, max: 0.8, step: 0.1},
    {name: "Scaling", value: resolved("data.preprocess"), put: putter("data.preprocess"), kind: "choice", of: scalings},
  ];
}

function trainingControls() {
  const change = (path) => (value) => changeOption(path, value);
  return [
    {name: "Learning rate", value: resolved("optimizer.learning_rate"), put: change("optimizer.learning_rate"), kind: "log", min: 1e-4, max: 10},
    {name: "Optimiser", value: typeOf(resolved("optimizer")), put: putOptimizer, kind: "choice", of: optimizers},
    {name: "Momentum", value: resolved("optimizer.momentum"), put: putter("optimizer.momentum"), kind: "slider", min: 0, max: 0.95, step: 0.05},
    {name: "Weight decay", value: resolved("optimizer.weight_decay"), put: change("optimizer.weight_decay"), kind: "number", min: 0, max: 10, step: "any"},
    {name: "Dropout", value: dropoutOf(session.opened.config), put: (rate) => restartWith((config) => putDropout(config, rate)), kind: "slider",
     min: 0, max: 0.8, step: 0.1},
    {name: "Batch size", value: resolved("train.batch_size"), put: putter("train.batch_size"), kind: "number", min: 1, max: 5000, step: 1},
    {name: "Initialisation", value: initialiserOf(), put: putInitialiser, kind: "choice", of: initialisers},
    {name: "Seed", value: resolved("train.seed"), put: putter("train.seed"), kind: "number", min: 0, max: 1e9, step: 1},
    {name: "Stop at loss", value: session.stopAt ?? "", put: putStop, kind: "number", min: 0, max: 1000, step: "any", isOptional: true},
    {name: "Speed", value: session.speed, put: (speed) => { session.speed = speed; }, kind: "choice", of: ["step", "epoch", "fast"],
     labels: ["slow: steps", "epochs", "fast"]},
  ];
}

function putStop(value) { session.stopAt = value === "" ? null : value; }

function putOptimizer(type) {
  restartWith((config) => { config.optimizer = {type, learning_rate: resolved("optimizer.learning_rate")}; });
}

const initialiserOf = () => {
  const layer = session.opened.config.model.layers.find(isDense);
  return typeOf(layer?.weight_init) ?? "he_normal";
};

function putInitialiser(type) {
  restartWith((config) => {
    for (const layer of config.model.layers.filter(isDense)) {
      layer.weight_init = type;
      // By its authors, for the biases too. [Lu et al. 2020]
      if (type === "randomized_asymmetric") layer.bias_init = type;
      else delete layer.bias_init;
    }
  });
}

function buildControls() {
  const focused = document.activeElement?.id;
  byId("data-fields").replaceChildren(...dataControls().filter(({value}) => value !== undefined).map(fieldOf));
  byId("training-fields").replaceChildren(...trainingControls().filter(({value}) => value !== undefined).map(fieldOf));
  if (focused) byId(focused)?.focus();
  for (const button of all("button", byId("kinds"))) {
    const isChosen = button.dataset.kind === resolved("data.type");
    button.setAttribute("aria-checked", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
  }
  if (!all('[aria-checked="true"]', byId("kinds")).length) find("button", byId("kinds")).tabIndex = 0;
  buildOwnTools();
}

// The element of a control; its id keeps the focus where it was when the page is built anew.
function fieldOf(control) {
  const id = `field-${control.name.toLowerCase().replaceAll(" ", "-")}`;
  const input = {choice: choiceOf, number: numberOf, slider: sliderOf, log: logOf}[control.kind](control, id);
  return make("div", {className: "field"}, make("label", {htmlFor: id, textContent: control.name}), input);
}

function choiceOf({value, put, of, labels}, id) {
  const names = of.includes(value) ? of : [value, ...of];
  const select = make("select", {id}, ...names.map((name, i) => new Option(labels?.[i] ?? words(String(name)), name)));
  select.value = value;
  select.onchange = () => put(select.value);
  return select;
}

function numberOf({value, put, min, max, step, isOptional}, id) {
  const input = make("input", {id, type: "number", min, max, step, value: value, placeholder: isOptional ? "never" : ""});
  input.onchange = () => {
    if (input.value === "") return isOptional ? put("") : undefined;
    if (input.checkValidity()) put(Number(input.value));
    else input.reportValidity();
  };
  return input;
}

function sliderOf({value, put, min, max, step}, id) {
  const slider = make("input", {id, type: "range", min, max, step, value});
  const output = make("output", {textContent: shown(value)});
  slider.oninput = () => { output.textContent = shown(Number(slider.value)); };
  slider.onchange = () => put(Number(Number(slider.value).toPrecision(6)));
  return make("div", {className: "slider"}, slider, output);
}

// A slider over 1, 2, 5, 10, … beside the exact number.
function logOf({value, put, min, max}, id) {
  const steps = [];
  for (let power = Math.round(Math.log10(min)); power < Math.round(Math.log10(max)); ++power) steps.push(...[1, 2, 5].map((each) => Number(`${each}e${power}`)));
  steps.push(max);
  const nearest = steps.reduce((best, each, i) => (Math.abs(Math.log(each / value)) < Math.abs(Math.log(steps[best] / value)) ? i : best), 0);
  const slider = make("input", {id: `${id}-slider`, type: "range", min: 0, max: steps.length - 1, step: 1, value: nearest, "aria-label": "Learning rate, slider"});
  const number = make("input", {id, type: "number", min: 0, step: "any", value});
  slider.oninput = () => { number.value = steps[slider.value]; };
  slider.onchange = () => put(steps[slider.value]);
  number.onchange = () => {
    if (Number(number.value) > 0) return put(Number(number.value));
    number.value = value;
    complain("The learning rate must be above 0.");
  };
  return make("div", {className: "rate"}, slider, number);
}

// ---- The kinds of data, each with a small picture ----

const sketches = {
  xor: (t, i) => [[0.3, 0.3], [0.7, 0.7], [0.3, 0.7], [0.7, 0.3]][i % 4].map((c, k) => c + 0.13 * Math.sin(7.3 * i + 2 * k)),
  circles: (t, i) => [0.5 + (i % 2 ? 0.2 : 0.42) * Math.cos(12 * t), 0.5 + (i % 2 ? 0.2 : 0.42) * Math.sin(12 * t)],
  moons: (t, i) => (i % 2 ? [0.58 - 0.28 * Math.cos(Math.PI * t), 0.42 + 0.3 * Math.sin(Math.PI * t)] :
    [0.42 + 0.28 * Math.cos(Math.PI * t), 0.58 - 0.3 * Math.sin(Math.PI * t)]),
  spirals: (t, i) => [0.5 + (i % 2 ? 1 : -1) * 0.44 * t * Math.cos(9 * t), 0.5 + (i % 2 ? 1 : -1) * 0.44 * t * Math.sin(9 * t)],
  blobs: (t, i) => [[0.25, 0.3], [0.75, 0.35], [0.48, 0.76]][i % 3].map((c, k) => c + 0.12 * Math.sin(5.1 * i + 2 * k)),
  sine: (t) => [t, 0.5 - 0.38 * Math.sin(2 * Math.PI * t)],
  csv: (t, i) => [[0.15, 0.8], [0.27, 0.66], [0.4, 0.55], [0.52, 0.5], [0.62, 0.42], [0.75, 0.3], [0.86, 0.16]][i % 7],
};

function buildKinds() {
  byId("kinds").replaceChildren(...Object.entries(kinds).map(([kind, {name}]) => {
    const canvas = make("canvas", {width: 72, height: 72, "aria-hidden": "true"});
    const button = make("button", {type: "button", role: "radio", "data-kind": kind}, canvas, name);
    // Clicked, it does not keep the keys: Space plays.
    button.onclick = (event) => { chooseKind(kind); if (event.detail) button.blur(); };
    return button;
  }));
  byId("kinds").addEventListener("keydown", (event) => {
    const by = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1}[event.key];
    if (!by) return;
    const buttons = all("button", byId("kinds"));
    const to = buttons[(buttons.indexOf(document.activeElement) + by + buttons.length) % buttons.length];
    chooseKind(to.dataset.kind);
    to.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

function drawSketches() {
  for (const button of all("button", byId("kinds"))) {
    const {kind} = button.dataset;
    const context = find("canvas", button).getContext("2d");
    context.clearRect(0, 0, 72, 72);
    for (let i = 0; i < 36; ++i) {
      const [x, y] = sketches[kind](i / 36, i);
      context.fillStyle = css(kind === "sine" ? palette.positive : classColour(kind === "blobs" ? i % 3 : kind === "xor" ? (i % 4 < 2 ? 0 : 1) : i % 2));
      context.beginPath();
      context.arc(72 * x, 72 * y, 4, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

function chooseKind(kind) {
  if (kind === "csv") return useOwn();
  restartWith((config) => putKind(config, kind));
}

// ---- Points of one's own ----

// Begins with the points that are there, so that there is something to change.
function useOwn() {
  const {train, test} = dataOf();
  if (isRegression() || train.inputs[0].length !== 2) return usePoints(startPoints());
  const points = [train, ...(test ? [test] : [])].flatMap(({inputs, targets}) =>
    inputs.map(([x, y], i) => ({x: Number(x.toFixed(3)), y: Number(y.toFixed(3)), name: dataOf().classes[targets[i]]})));
  usePoints(points);
}

const startPoints = () => [[-0.5, -0.4], [-0.4, -0.6], [-0.6, -0.5], [0.5, 0.4], [0.4, 0.6], [0.6, 0.5]].map(([x, y], i) => ({x, y, name: i < 3 ? "0" : "1"}));

function usePoints(points) {
  return useTable(tableOf(points));
}

// Opens a table of two features and a target.
function useTable(text) {
  const config = copyOf(session.config);
  // A table without a header gets one.
  const table = pointsOf(text) && !Number.isNaN(Number(text.split(/[,;\t]/)[0])) ? tableOf(pointsOf(text)) : text;
  putKind(config, "csv", classesIn(table));
  pause();
  if (!openConfig(config, {"points.csv": table})) return false;
  byId("table").value = table;
  return true;
}

const ownPoints = () => (resolved("data.type") === "csv" && session.files["points.csv"] ? pointsOf(session.files["points.csv"]) : null);
const isDrawing = () => Boolean(ownPoints()) && !isRegression() && !isFlat();

// The pens: one for each class, and one for a class more.
function buildOwnTools() {
  byId("own-tools").hidden = resolved("data.type") !== "csv";
  byId("map").classList.toggle("drawing", isDrawing());
  byId("drawing-hint").hidden = !isDrawing();
  map.own = [];
  if (!isDrawing()) return byId("pens").replaceChildren();
  const names = [...dataOf().classes, newClass()].slice(0, 5);
  map.pen = Math.min(map.pen, names.length - 1);
  byId("pens").replaceChildren(...names.map((name, i) => {
    const button = make("button", {type: "button", "aria-pressed": String(i === map.pen), "aria-label": `Class ${name}`},
                        make("b", {textContent: "●■▲"[i % 3], style: `color:${css(classColour(i))}`}), ` ${i < dataOf().classes.length ? name : "new"}`);
    button.onclick = () => {
      map.pen = i;
      all("button", byId("pens")).forEach((each, k) => each.setAttribute("aria-pressed", String(k === i)));
    };
    return button;
  }));
}

const newClass = () => ["0", "1", "2", "3", "4", "5"].find((name) => !dataOf().classes.includes(name)) ?? "new";
const penName = () => dataOf().classes[map.pen] ?? newClass();

function addPoint(event) {
  const box = byId("boundary").getBoundingClientRect();
  const {toX, toY} = place();
  const [px, py] = [event.clientX - box.left, event.clientY - box.top];
  const last = map.stroke;
  if (last && Math.hypot(px - last[0], py - last[1]) < 12) return;
  map.stroke = [px, py];
  map.own.push({x: Number(toX(px).toFixed(3)), y: Number(toY(py).toFixed(3)), index: map.pen, name: penName()});
  drawPoints();
  drawMap();
}

function finishStroke() {
  if (!map.stroke) return;
  map.stroke = null;
  const points = [...ownPoints(), ...map.own];
  if (usePoints(points)) return say(`${points.length} points.`);
  map.own = [];
  drawPoints();
  drawMap();
}

function listenToOwn() {
  const canvas = byId("boundary");
  canvas.addEventListener("pointerdown", (event) => {
    if (!isDrawing() || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pause();
    addPoint(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (map.stroke) addPoint(event); });
  canvas.addEventListener("pointerup", finishStroke);
  canvas.addEventListener("pointercancel", () => { map.stroke = null; map.own = []; drawPoints(); drawMap(); });
  byId("use-table").onclick = () => useTable(byId("table").value);
  byId("clear-points").onclick = () => { byId("table").value = ""; usePoints(startPoints()); };
  byId("open-table").onchange = async ({target}) => { if (target.files[0]) useTable(await target.files[0].text()); };
}
