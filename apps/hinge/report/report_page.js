// What a script adds to the pages of hinge report: sliders that walk through curves and epochs, the history of each unit, CSV
// files, light and dark. Without it the pages show and print all pictures. It is part of report_page.html once that is built.
"use strict";

// ---- Functions of their arguments, tested without a browser by report_page_test.mjs ----

// A number with four digits, a whole one with all; a true minus, and a dash for none.
function shown(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const isLarge = Math.abs(value) >= 1e9;
  const [mantissa, power] = value.toExponential(3).split("e");
  const text = isLarge ? `${Number(mantissa)}e${power}` : Number.isInteger(value) ? value : Number(value.toPrecision(4));
  return String(text).replaceAll("-", "−");
}

// "log 0.001 10 56 570": a kind of scale, its range, and the pixels of that.
function scaleOf(text) {
  const [kind, ...numbers] = text.split(" ");
  const [low, high, first, last] = numbers.map(Number);
  const along = kind === "log" ? Math.log : (x) => x;
  const slope = (last - first) / (along(high) - along(low));
  return {
    pixel: (value) => first + (along(value) - along(low)) * slope,
    value: (pixel) => {
      const place = along(low) + (pixel - first) / slope;
      return kind === "log" ? Math.exp(place) : place;
    },
  };
}

// The index of the value that is nearest to the wanted one.
function nearest(values, wanted) {
  let best = 0;
  values.forEach((value, i) => { if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = i; });
  return best;
}

// Rows of texts as comma-separated values [RFC 4180], as `hinge plot --out FILE.csv` writes them.
function csvOf(rows) {
  const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(cell).join(",") + "\n").join("");
}

// "Weights of layer 1" → "weights-of-layer-1.csv"
function fileName(caption) {
  return (caption.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["numbers"]).join("-").slice(0, 80) + ".csv";
}

// "epoch 3 · training: 0.5 · validation: –"
function rowText(names, row) {
  const value = (text) => (text === "" ? "–" : shown(Number(text)));
  return row.map((text, i) => (i === 0 ? `${names[i]} ${value(text)}` : `${names[i]}: ${value(text)}`)).join(" · ");
}

const unitFields = ["state", "born", "revivable", "layer", "unit", "fires", "died_after", "died_at", "revived_after", "revived_at",
                    "margin", "mean", "norm", "z"];

function unitOf(row) { return Object.fromEntries(unitFields.map((name, i) => [name, row[i]])); }

// When something happened, of which two looks know that it lay between them. `steps` are those of an epoch, if known.
function when(what, after, at, steps) {
  const range = steps ? ` (steps ${shown(after * steps)} to ${shown(at * steps)})` : "";
  return `It ${what} between the ends of epochs ${after} and ${at}${range}.`;
}

// The life of a unit in sentences.
function historyOf(unit, samples, steps) {
  const text = [`Unit ${unit.unit} of layer ${unit.layer} is ${unit.state}.`,
                `It fires on ${unit.fires} of ${samples} samples; mean |a| ${shown(unit.mean)}, largest z ${shown(unit.z)}, ‖w‖ ${shown(unit.norm)}.`];
  if (unit.born) text.push("It was dead before the first step.");
  const events = [["died", unit.died_after, unit.died_at], ["revived", unit.revived_after, unit.revived_at]];
  for (const [what, after, at] of events.sort((a, b) => a[2] - b[2])) {
    if (after !== null && at !== null) text.push(when(what, after, at, steps));
  }
  if (unit.margin !== null) text.push(`The nearest sample is ${shown(unit.margin)} away from its hinge.`);
  if (unit.revivable === "no") text.push("It can never fire again.");
  return text.join(" ");
}

// The twelve weights that are farthest from 0, by the names of their inputs.
function weightText(weights, names) {
  const order = weights.map((w, i) => i).sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a])).slice(0, 12);
  return "Largest weights: " + order.map((i) => `${names[i] ?? `input ${i + 1}`} ${shown(weights[i])}`).join(", ");
}

// Red, green, blue and opacity of each weight: orange below 0, blue above, the paler the nearer to 0.
function weightPixels(weights) {
  const largest = Math.max(...weights.map(Math.abs)) || 1;
  return weights.flatMap((w) => {
    const end = w < 0 ? [166, 89, 0] : [0, 84, 173];
    return [...end.map((full) => Math.round(255 + (full - 255) * Math.abs(w) / largest)), 255];
  });
}

// ---- The page ----

const find = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

function make(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// Light or dark, whatever the system says.
function addTheme() {
  const button = find("#theme");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.onclick = () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); };
  label();
}

// The place of the pointer in the units of the drawing.
function placeOf(event, svg) {
  const box = svg.getBoundingClientRect();
  const view = svg.viewBox.baseVal;
  return { x: (event.clientX - box.left) / box.width * view.width, y: (event.clientY - box.top) / box.height * view.height };
}

const textsOf = (row) => [...row.cells].map((cell) => cell.textContent);

// A slider that walks through the rows of a curve's numbers; pointing at the curve moves it.
function addWalk(figure) {
  const svg = find("svg", figure);
  const frame = find("[data-x]", svg);
  const rows = all("tbody tr", figure).map(textsOf);
  const names = all("thead tr", figure).flatMap(textsOf);
  if (!frame || rows.length < 2 || names[0] === "series") return;
  const scale = scaleOf(frame.dataset.x);
  const xs = rows.map((row) => Number(row[0]));
  const title = find("title", svg).textContent;
  const output = make("output");
  const slider = make("input", { type: "range", min: 0, max: rows.length - 1, value: rows.length - 1, "aria-label": `${title} by ${names[0]}` });
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [key, value] of [["class", "d-text"], ["stroke", "currentColor"], ["y1", frame.getAttribute("y")],
                              ["y2", Number(frame.getAttribute("y")) + Number(frame.getAttribute("height"))]]) {
    line.setAttribute(key, value);
  }
  const show = () => {
    output.textContent = rowText(names, rows[slider.value]);
    slider.setAttribute("aria-valuetext", output.textContent);
    for (const end of ["x1", "x2"]) line.setAttribute(end, scale.pixel(xs[slider.value]));
    svg.append(line);
  };
  slider.oninput = show;
  svg.addEventListener("pointermove", (event) => {
    slider.value = nearest(xs, scale.value(placeOf(event, svg).x));
    show();
  });
  svg.after(make("div", { className: "walk" }, slider, output));
  show();
  line.remove();  // until somebody moves
}

// Pictures of one thing at several epochs: a slider shows one of them.
function addFrames(group) {
  const frames = all(".frame", group);
  const output = make("output");
  const slider = make("input", { type: "range", min: 0, max: frames.length - 1, value: frames.length - 1, "aria-label": group.dataset.label });
  slider.oninput = () => {
    frames.forEach((frame, i) => { frame.hidden = i !== Number(slider.value); });
    output.textContent = frames[slider.value].dataset.label;
    slider.setAttribute("aria-valuetext", output.textContent);
  };
  if (frames.length > 1) frames.at(-1).after(make("div", { className: "walk" }, slider, output));
  slider.oninput();
}

// A button that saves the rows under that name. The file is made at the click, so the page need not hold it.
function csvButton(caption, rows) {
  const save = () => make("a", { download: fileName(caption), href: "data:text/csv;charset=utf-8," + encodeURIComponent(csvOf(rows())) }).click();
  return make("button", { type: "button", className: "csv", title: `${caption}, as a file`, "aria-label": `CSV: ${caption}`, onclick: save }, "CSV");
}

// Of a table in a figure, the button stands beside what opens it, else below the table.
function addCsv(table) {
  const button = csvButton(table.caption.textContent, () => [...table.rows].map(textsOf));
  const opener = table.closest("figure details");
  if (opener) opener.before(button);
  else table.closest(".scroll").after(button);
}

// Weights as an image, where inputs are one.
function weightImage(weights, side) {
  const canvas = make("canvas", { width: side, height: side, role: "img", "aria-label": "Incoming weights as an image" });
  canvas.getContext("2d").putImageData(new ImageData(Uint8ClampedArray.from(weightPixels(weights)), side), 0, 0);
  return canvas;
}

function addLedger(data) {
  const units = data.units.map(unitOf);
  const [ledger, layer, number] = ["#ledger", "#layer", "#unit"].map((id) => find(id));
  if (!ledger || units.length === 0) return;
  ledger.hidden = false;
  for (const name of new Set(units.map((unit) => unit.layer))) layer.append(make("option", { value: name }, String(name)));
  const weightsOf = (unit) => {
    const weights = unit && data.weights?.[unit.layer]?.[unit.unit - 1];
    if (!weights) return [];
    const side = unit.layer === 1 && { 64: 8, 784: 28 }[weights.length];
    return [side ? weightImage(weights, side) : make("p", {}, weightText(weights, (unit.layer === 1 && data.inputs) || []))];
  };
  const show = () => {
    const own = units.filter((unit) => unit.layer === Number(layer.value));
    number.max = own.length;
    const unit = own.find((each) => each.unit === Number(number.value));
    find("#history").textContent = unit ? historyOf(unit, data.samples, data.steps) : `Units are numbered from 1 to ${own.length}.`;
    find("#weights").replaceChildren(...weightsOf(unit));
  };
  layer.onchange = number.oninput = show;
  for (const map of all(".map")) {
    const frame = find("[data-rows]", map);
    const numbers = map.dataset.units.split(" ");
    frame?.addEventListener("click", (event) => {
      const y = placeOf(event, frame.ownerSVGElement).y - Number(frame.getAttribute("y"));
      layer.value = map.dataset.layer;
      number.value = numbers[Math.min(numbers.length - 1, Math.floor(y / Number(frame.getAttribute("height")) * numbers.length))];
      show();
      ledger.scrollIntoView({ block: "nearest" });
    });
  }
  const first = units.find((unit) => unit.state !== "alive") ?? units[0];
  layer.value = first.layer;
  number.value = first.unit;
  show();
}

// The images of weights have no table: the numbers lie in the page for the histories of units.
function addWeightCsv(figure, data) {
  const weights = data.weights?.[1];
  if (!weights) return;
  const header = ["unit", ...weights[0].map((w, k) => data.inputs?.[k] ?? `input ${k + 1}`)];
  figure.append(csvButton("Weights of layer 1", () => [header, ...weights.map((row, unit) => [unit + 1, ...row].map(String))]));
}

function start() {
  const data = JSON.parse(find("#numbers").textContent);
  addTheme();
  all("figure.curve").forEach(addWalk);
  all(".frames").forEach(addFrames);
  all(".scroll table").forEach(addCsv);
  all("figure.weights").forEach((figure) => addWeightCsv(figure, data));
  addLedger(data);
  if (data.live) setTimeout(() => location.reload(), 2000);
}

if (typeof document !== "undefined") start();
