// ---- Maps: the output over the data, and each unit's own ----

const map = {fine: 72, slow: 0, image: document.createElement("canvas"), points: document.createElement("canvas"), pixels: null, hinges: true,
             pen: 0, own: [], stroke: null};

const dataOf = () => session.opened.data;
const isFlat = () => dataOf().features.length === 1;
const isRegression = () => dataOf().task === "regression";

// Where a map begins in the numbers of the engine; -1 if it has none.
function mapIndex(key) {
  const [, column, unit] = partsOf(key);
  const {layer} = network.columns[column];
  return isOutput(column) ? session.opened.maps.findIndex(({output}) => output === unit + 1) :
    session.opened.maps.findIndex((each) => each.layer === layer && each.unit === unit + 1);
}

// Asks the engine for all maps: fine ones for the large picture, small ones for the units. A large network has coarser ones, so
// that a frame stays short.
function readMaps() {
  const start = performance.now();
  network.large = readGrid(map.fine);
  map.slow = performance.now() - start > 6 ? map.slow + 1 : 0;
  if (map.slow >= 5) map.fine = smallGrid;
  network.small = readGrid(smallGrid);
}

const smallGrid = 36;

function readGrid(size) {
  const rows = isFlat() ? 1 : size;
  return {size, rows, values: session.engine.maps(size, rows).slice()};
}

const valuesOf = (index, {size, rows, values}) => values.subarray(index * size * rows, (index + 1) * size * rows);

// Draws the map of each drawn unit in its button.
function drawUnitMaps() {
  const {size, rows} = network.small;
  const image = new ImageData(size, rows);
  for (const [key, {canvas}] of network.units) {
    if (canvas.width !== size) canvas.width = size;
    if (canvas.height !== rows) canvas.height = rows;
    paintUnit(key, image.data, network.small);
    canvas.getContext("2d").putImageData(image, 0, 0);
  }
}

function paintUnit(key, pixels, grid) {
  const [, column, unit] = partsOf(key);
  if (isInput(column)) return paintInput(unit, pixels, grid);
  if (isOutput(column)) return paintOutput(pixels, grid, network.columns[column].units > 1 ? unit : null);
  const index = mapIndex(key);
  if (index >= 0) paintSigned(valuesOf(index, grid), pixels, 0, largestOf(valuesOf(index, grid)));
}

function paintInput(unit, pixels, {size, rows}) {
  for (let i = 0; i < size * rows; ++i) {
    writeSigned(pixels, 4 * i, unit === 0 ? 2 * (i % size + 0.5) / size - 1 : 1 - 2 * (Math.floor(i / size) + 0.5) / rows);
  }
}

function largestOf(values) {
  let largest = 1e-6;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function paintSigned(values, pixels, middle, range) {
  for (let i = 0; i < values.length; ++i) writeSigned(pixels, 4 * i, 0.85 * (values[i] - middle) / range);
}

// The picture of the output: a probability, a value, or the classes by their colours; `only` picks one class.
function paintOutput(pixels, grid, only = null) {
  const first = session.opened.maps.findIndex(({output}) => output === 1);
  const outputs = session.opened.maps.length - first;
  if (isRegression()) {
    const [low, high] = targetRange();
    return paintSigned(valuesOf(first + (only ?? 0), grid), pixels, (low + high) / 2, (high - low) / 2);
  }
  if (outputs === 1) return paintSigned(valuesOf(first, grid), pixels, 0.5, 0.5);
  paintClasses(Array.from({length: outputs}, (_, k) => valuesOf(first + k, grid)), pixels, only);
}

// The colour of the most probable class, paler the less sure it is; of one class its probability.
function paintClasses(outputs, pixels, only) {
  const chance = 1 / outputs.length;
  for (let i = 0; i < outputs[0].length; ++i) {
    let best = only ?? 0;
    if (only === null) outputs.forEach((values, k) => { if (values[i] > outputs[best][i]) best = k; });
    const p = outputs[best][i];
    const size = 0.85 * clamp(only === null ? (p - chance) / (1 - chance) : p, 0, 1);
    for (let c = 0; c < 3; ++c) pixels[4 * i + c] = palette.mixed[c] + size * (classColour(best)[c] - palette.mixed[c]);
    pixels[4 * i + 3] = 255;
  }
}

function targetRange() {
  if (isFlat()) return dataOf().view.y;
  const values = dataOf().train.targets;
  return [Math.min(...values), Math.max(...values)];
}

// ---- The large picture ----

const place = () => {
  const {width, height} = byId("boundary").getBoundingClientRect();
  const {x, y} = dataOf().view;
  return {width, height, x: (value) => (value - x[0]) / (x[1] - x[0]) * width, y: (value) => (y[1] - value) / (y[1] - y[0]) * height,
          // where a·x + b·y + c rises, in pixels
          slope: ([a, b]) => [a * (x[1] - x[0]) / width, -b * (y[1] - y[0]) / height],
          toX: (pixel) => x[0] + pixel / width * (x[1] - x[0]), toY: (pixel) => y[1] - pixel / height * (y[1] - y[0])};
};

function fitCanvas(canvas) {
  const {width, height} = canvas.getBoundingClientRect();
  const ratio = Math.min(2, devicePixelRatio);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  return ratio;
}

function drawMap() {
  if (!network.large) return;
  const canvas = byId("boundary");
  const context = canvas.getContext("2d");
  const ratio = canvas.width / canvas.getBoundingClientRect().width;
  context.setTransform(1, 0, 0, 1, 0, 0);
  if (isFlat()) drawFunction(context, ratio);
  else drawHeat(context);
  context.drawImage(map.points, 0, 0);
  drawHinges();
  nameMap();
}

function drawHeat(context) {
  const {size, rows} = network.large;
  if (map.image.width !== size || map.image.height !== rows || !map.pixels) {
    map.image.width = size;
    map.image.height = rows;
    map.pixels = new ImageData(size, rows);
  }
  if (session.pointed) paintUnit(session.pointed, map.pixels.data, network.large);
  else paintOutput(map.pixels.data, network.large);
  map.image.getContext("2d").putImageData(map.pixels, 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(map.image, 0, 0, context.canvas.width, context.canvas.height);
}

// With one input the output is a curve over it.
function drawFunction(context, ratio) {
  const {width, height, y} = place();
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const key = session.pointed ?? `u ${network.columns.length - 1} 0`;
  const isUnit = session.pointed !== null && !isOutput(partsOf(key)[1]);
  const index = isInput(partsOf(key)[1]) ? -1 : mapIndex(key);
  if (index < 0) return context.setTransform(1, 0, 0, 1, 0, 0);
  const values = valuesOf(index, network.large);
  const largest = largestOf(values);
  context.beginPath();
  values.forEach((value, i) => {
    context.lineTo((i + 0.5) / values.length * width, isUnit ? height / 2 * (1 - 0.9 * value / largest) : y(value));
  });
  context.strokeStyle = isUnit ? palette.focus : css(palette.positive);
  context.lineWidth = 3;
  context.stroke();
  context.setTransform(1, 0, 0, 1, 0, 0);
}

// The points change seldom, so they are drawn once, on a canvas of their own.
function drawPoints() {
  const ratio = fitCanvas(byId("boundary"));
  const {width, height} = byId("boundary");
  map.points.width = width;
  map.points.height = height;
  const context = map.points.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const {train, test} = dataOf();
  if (test) drawPart(context, test, true);
  drawPart(context, train, false);
  for (const each of map.own) drawPoint(context, [each.x, each.y], each.index, false);
}

function drawPart(context, {inputs, targets}, isTest) {
  inputs.forEach((input, i) => drawPoint(context, isFlat() ? [input[0], targets[i]] : input, targets[i], isTest));
}

// Each class has a colour and a shape; those of the validation part are hollow.
function drawPoint(context, [x, y], target, isTest) {
  const {x: toX, y: toY} = place();
  const many = dataOf().train.inputs.length > 400;
  const radius = (many ? 0.19 : 0.28) * textSize();
  context.beginPath();
  tracePoint(context, toX(x), toY(y), isTest ? radius - 0.5 : radius, isRegression() ? 0 : target);
  const colour = css(pointColour(target));
  // A dark line around all: the picture behind may have the colour of the point.
  context.strokeStyle = palette.text;
  context.lineWidth = isTest ? 3.4 : 1.6;
  context.stroke();
  context.fillStyle = isTest ? palette.ground : colour;
  context.fill();
  if (!isTest) return;
  context.strokeStyle = colour;
  context.lineWidth = 1.8;
  context.stroke();
}

function pointColour(target) {
  if (!isRegression()) return classColour(target);
  if (isFlat()) return palette.negative;
  const [low, high] = targetRange();
  const pixel = [0, 0, 0, 0];
  writeSigned(pixel, 0, (2 * target - low - high) / (high - low));
  return pixel.slice(0, 3).map(Math.round);
}

function tracePoint(context, x, y, radius, shape) {
  if (shape % 3 === 0) context.arc(x, y, radius, 0, 2 * Math.PI);
  else if (shape % 3 === 1) context.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
  else {
    context.moveTo(x, y - 1.2 * radius);
    context.lineTo(x + 1.1 * radius, y + 0.8 * radius);
    context.lineTo(x - 1.1 * radius, y + 0.8 * radius);
    context.closePath();
  }
}

// ---- Hinges: where w·x + b = 0 for a ReLU of the first layer ----

// The part of the line a·x + b·y + c = 0 within the box, as two points; null if it passes by.
function clipLine([a, b, c], {x, y}) {
  const ends = [];
  for (const each of x) if (b !== 0) ends.push([each, -(a * each + c) / b]);
  for (const each of y) if (a !== 0) ends.push([-(b * each + c) / a, each]);
  const slack = 1e-9 * (x[1] - x[0] + y[1] - y[0]);
  const inside = ends.filter(([px, py]) => px >= x[0] - slack && px <= x[1] + slack && py >= y[0] - slack && py <= y[1] + slack);
  const far = inside.find(([px, py]) => Math.hypot(px - inside[0][0], py - inside[0][1]) > slack);
  return far ? [inside[0], far] : null;
}

function drawHinges() {
  const over = byId("over");
  over.replaceChildren();
  drawChosenSample(over);
  const column = network.columns[1];
  if (!map.hinges || !column || isOutput(1) || !kinked.has(typeOf(column.activation))) return;
  const {hinges} = layerState(1);
  for (const unit of drawnUnits(1)) if (hinges?.[unit]) drawHinge(over, hinges[unit], unit);
}

function drawHinge(over, line, unit) {
  const key = `u 1 ${unit}`;
  const isDead = unitState(1, unit) === "dead";
  const kind = `hinge${isDead ? " dead" : ""}${key === session.pointed || key === session.chosen ? " chosen" : ""}`;
  const ends = clipLine(line, dataOf().view);
  if (!ends) return drawGone(over, line, unit, isDead);
  const {width, height, x, y, slope} = place();
  const [[x1, y1], [x2, y2]] = ends.map(([px, py]) => [x(px), y(py)]);
  makeSvg("line", {x1, y1, x2, y2, class: kind}, over);
  // A short arrow points to the side on which the unit fires.
  const [nx, ny] = unitVector(slope(line));
  const along = 0.2 + 0.6 * ((unit * 0.37) % 1);
  const [mx, my] = [x1 + (x2 - x1) * along, y1 + (y2 - y1) * along];
  const d = `M${mx + 12 * nx} ${my + 12 * ny}l${-12 * nx - 5 * ny} ${-12 * ny + 5 * nx}l${10 * ny} ${-10 * nx}z`;
  makeSvg("path", {d, class: `tip${isDead ? " dead" : ""}`}, over);
  makeSvg("text", {x: clamp(mx - 12 * nx, 10, width - 10), y: clamp(my - 12 * ny + 4, 14, height - 6)}, over).textContent = unit + 1;
}

const unitVector = ([x, y]) => [x / (Math.hypot(x, y) || 1), y / (Math.hypot(x, y) || 1)];

// A hinge that has left the picture: a note at the edge where it went.
function drawGone(over, [a, b, c], unit, isDead) {
  const {x: [left, right], y: [bottom, top]} = dataOf().view;
  const {width, height, slope} = place();
  const middle = a * (left + right) / 2 + b * (bottom + top) / 2 + c;
  const [dx, dy] = unitVector(slope([a, b, c]).map((each) => -each * Math.sign(middle)));
  const reach = 1 / Math.max(Math.abs(dx), Math.abs(dy));
  const arrow = Math.abs(dx) > Math.abs(dy) ? (dx > 0 ? "→" : "←") : dy > 0 ? "↓" : "↑";
  const x = clamp(width / 2 * (1 + dx * reach), 34, width - 34);
  const y = clamp(height / 2 * (1 + dy * reach) + 14 * (unit % 3), 16, height - 8);
  makeSvg("text", {x, y}, over).textContent = `${unit + 1} ${arrow}${isDead ? " dead" : ""}`;
}

function drawChosenSample(over) {
  if (!session.sample) return;
  const {inputs, targets} = dataOf().train;
  const at = session.sample.number - 1;
  if (!inputs[at]) return;
  const {x, y} = place();
  makeSvg("circle", {cx: x(inputs[at][0]), cy: y(isFlat() ? targets[at] : inputs[at][1]), r: 9, class: "sample"}, over);
}

// What the picture shows, in words.
function nameMap() {
  const title = session.pointed ? labelOf(session.pointed) : "Output";
  if (byId("map-title").textContent !== title) byId("map-title").textContent = title;
  const {train, test} = session.state;
  const counts = `${dataOf().train.inputs.length} training points`;
  const figures = train.accuracy === null || train.accuracy === undefined ? "" : `, ${percent(train.accuracy)} of them right`;
  byId("boundary").setAttribute("aria-label", `Output over the data: ${counts}${figures}${test ? `; ${dataOf().test.part} loss ${shown(test.loss)}` : ""}`);
}

function showMapLegend() {
  const {classes} = dataOf();
  const items = isRegression() ? (isFlat() ? [["—", css(palette.positive), "output"], ["●", css(palette.negative), "data"]] : []) :
    classes.slice(0, 5).map((name, i) => ["●■▲"[i % 3], css(classColour(i)), name]);
  const nodes = items.map(([sign, color, name]) => make("span", {}, make("b", {textContent: sign, style: `color:${color}`}), ` ${name}`));
  if (dataOf().test) nodes.push(make("span", {textContent: `○ ${dataOf().test.part}`}));
  byId("map-legend").replaceChildren(...nodes);
}
