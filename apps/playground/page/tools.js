// The page of the playground: a view of the engine. The engine has the network, the data and the training; the page asks it by
// requests and draws its answers. These files are put into playground.html one after the other.
const find = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

function make(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node && key !== "list") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function makeSvg(name, attributes, parent) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

// The size of text in pixels: larger on a projector.
const textSize = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

// ---- Numbers ----

// A number with a few digits and a true minus; a dash for none.
function shown(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(digits));
  const isOdd = rounded !== 0 && (Math.abs(rounded) < 1e-4 || Math.abs(rounded) >= 1e6);
  return (isOdd ? rounded.toExponential() : String(rounded)).replaceAll("-", "−");
}

// Of a fixed width, so that it does not flicker while it changes.
function steady(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return (value >= 100 ? value.toPrecision(4) : value.toFixed(4)).replaceAll("-", "−");
}

const percent = (value) => (value === null || value === undefined ? "–" : `${(100 * value).toFixed(1)} %`);

// Nine digits, as in the equations of `hinge explain`.
function exactly(value) {
  if (value === null || !Number.isFinite(value)) return "not finite";
  const [mantissa, power] = Math.abs(value).toExponential(8).split("e");
  const isPlain = value === 0 || (Number(power) >= -4 && Number(power) < 9);
  const size = isPlain ? String(Number(Math.abs(value).toPrecision(9))) : `${Number(mantissa)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  return (value < 0 ? "−" : "") + size;
}

// ---- Colours ----

let palette = {};

// Reads the colours of the style sheet; they change with light and dark.
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => {
    const hex = style.getPropertyValue(name).trim();
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  };
  const classes = ["--negative", "--d-0", "--d-2", "--d-3", "--d-axis"].map(colour);
  palette = {classes, mixed: colour("--mixed"), negative: classes[0], positive: classes[1], text: style.getPropertyValue("--d-text").trim(),
             faint: style.getPropertyValue("--d-faint").trim(), grid: style.getPropertyValue("--d-grid").trim(),
             ground: style.getPropertyValue("--d-ground").trim(), focus: style.getPropertyValue("--focus").trim()};
}

const css = (rgb) => `rgb(${rgb.join(" ")})`;
const classColour = (index) => palette.classes[index % palette.classes.length];

// Writes the colour of t in [−1, 1] as a pixel: orange below 0, blue above, paler near 0.
function writeSigned(pixels, at, t) {
  const end = t < 0 ? palette.negative : palette.positive;
  const size = Math.min(1, Math.abs(t));
  for (let c = 0; c < 3; ++c) pixels[at + c] = palette.mixed[c] + (end[c] - palette.mixed[c]) * size;
  pixels[at + 3] = 255;
}
