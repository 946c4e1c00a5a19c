// ---- Curves: loss or accuracy of training and validation by epoch ----

const curves = {of: "loss", at: null}; // at: the epoch under the pointer

const curveOf = (part) => session.history[`${part}_${curves.of}`];

const largestShown = 600; // points of a curve

const strideOf = ({length}) => Math.max(1, Math.floor(length / largestShown));

function thinned(part) {
  const values = curveOf(part);
  return values.filter((_, i) => i % strideOf(values) === 0);
}

function drawCurves() {
  const canvas = byId("curves");
  const ratio = fitCanvas(canvas);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const box = {left: 3.1 * textSize(), top: 8, right: canvas.width / ratio - 8, bottom: canvas.height / ratio - 1.5 * textSize()};
  const rows = session.history;
  const values = curves.of === "accuracy" ? [1] : [...thinned("train"), ...thinned("test")].filter(Number.isFinite);
  const scale = scaleOf(values, rows.epoch.at(-1) ?? 1, box);
  drawAxes(context, scale, box);
  drawCurve(context, curveOf("test"), scale, css(palette.negative), [5, 3]);
  drawCurve(context, curveOf("train"), scale, css(palette.positive), []);
  if (curves.at !== null) drawReading(context, scale, box);
  showCurveLegend();
}

// Losses go from 0 to a round number above the largest; single huge ones at the start are cut off.
function scaleOf(values, epochs, box) {
  const sorted = [...values].sort((a, b) => a - b);
  const largest = Math.min(sorted.at(-1) ?? 1, 3 * (sorted[Math.floor(0.95 * sorted.length)] ?? 1)) || 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  const high = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= largest * 0.999);
  return {high, epochs, x: (epoch) => box.left + (box.right - box.left) * epoch / Math.max(1, epochs),
          y: (value) => box.bottom - (box.bottom - box.top) * Math.min(1, value / high)};
}

function drawAxes(context, {high, epochs}, {left, top, right, bottom}) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.strokeStyle = palette.grid;
  context.fillStyle = palette.faint;
  context.font = `${0.84 * textSize()}px system-ui, sans-serif`;
  context.lineWidth = 1;
  context.beginPath();
  for (const y of [top, (top + bottom) / 2, bottom]) {
    context.moveTo(left, y);
    context.lineTo(right, y);
  }
  context.stroke();
  context.textAlign = "right";
  [[high, top + 4], [high / 2, (top + bottom) / 2 + 4], [0, bottom + 4]].forEach(([value, y]) => context.fillText(shown(value), left - 6, y));
  context.fillText(`epoch ${epochs}`, right, bottom + 1.2 * textSize());
}

function drawCurve(context, values, {x, y}, colour, dash) {
  const every = strideOf(values);
  context.beginPath();
  for (let i = 0; i < values.length; ++i) {
    if (i % every && i !== values.length - 1) continue;
    if (Number.isFinite(values[i])) context.lineTo(x(session.history.epoch[i]), y(values[i]));
  }
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

function drawReading(context, {x}, {top, bottom}) {
  context.strokeStyle = palette.faint;
  context.beginPath();
  context.moveTo(x(curves.at), top);
  context.lineTo(x(curves.at), bottom);
  context.stroke();
}

function showCurveLegend() {
  const rows = session.history;
  const row = curves.at === null ? rows.epoch.length - 1 : rows.epoch.indexOf(curves.at);
  const items = [["—", "var(--positive)", "training", curveOf("train")[row]]];
  if (dataOf().test) items.push(["- -", "var(--negative-text)", dataOf().test.part, curveOf("test")[row]]);
  const texts = items.map(([sign, colour, name, value]) =>
    make("span", {}, make("b", {textContent: sign, style: `color:${colour}`}), ` ${name} ${curves.at === null ? "" : steady(value)}`));
  if (curves.at !== null) texts.unshift(make("span", {textContent: `epoch ${curves.at}`}));
  byId("curve-legend").replaceChildren(...texts);
  const words = items.map(([, , name, value]) => `${name} ${shown(value)}`).join(", ");
  byId("curves").setAttribute("aria-label", rows.epoch.length ? `${curves.of} at epoch ${rows.epoch[row]}: ${words}` : `${curves.of}: no epoch yet`);
}

function showCurve(of) {
  curves.of = of;
  for (const button of all("[data-curve]")) button.setAttribute("aria-pressed", String(button.dataset.curve === of));
  drawCurves();
}

// The exact values of the epoch under the pointer, or that the arrows lead to.
function listenToCurves() {
  for (const button of all("[data-curve]")) button.onclick = () => showCurve(button.dataset.curve);
  const canvas = byId("curves");
  const read = (epoch) => {
    const {epoch: epochs} = session.history;
    curves.at = epoch === null || !epochs.length ? null : clamp(epoch, epochs[0], epochs.at(-1));
    drawCurves();
  };
  canvas.addEventListener("pointermove", (event) => {
    const {left, width} = canvas.getBoundingClientRect();
    read(Math.round((event.clientX - left - 3.1 * textSize()) / (width - 8 - 3.1 * textSize()) * (session.history.epoch.at(-1) ?? 0)));
  });
  canvas.addEventListener("pointerleave", () => read(null));
  canvas.addEventListener("blur", () => read(null));
  canvas.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!by) return;
    read((curves.at ?? session.history.epoch.at(-1) ?? 0) + by * Math.max(1, Math.round(session.history.epoch.length / 100)));
    event.preventDefault();
    event.stopPropagation();
  });
}
