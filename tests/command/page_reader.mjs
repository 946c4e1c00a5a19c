// Drives the page of hinge explain in a browser, by keyboard and by mouse: its numbers are those of --json, every unit and
// weight is reached by keys alone and says what it is, what is pinned stays, nothing is asked for from anywhere, no error
// comes up.
//
//   node page_reader.mjs FOLDER_OF_NODE_MODULES CHROMIUM PAGE JSON
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chromium, path, json] = process.argv.slice(2);
const playwright = createRequire(`${folder}/package.json`)("playwright-core");
const data = JSON.parse(readFileSync(json, "utf8"));
const address = pathToFileURL(path).href;

const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const complaints = [];
page.on("console", (message) => complaints.push(`console: ${message.text()}`));
page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
page.on("request", (request) => {
  if (request.url() !== address) complaints.push(`request: ${request.url()}`);
});
await page.goto(address);

// As printf has it with %.9g, but for the minus.
function shown(value) {
  if (!Number.isFinite(value)) return "not finite";
  const sign = value < 0 ? "−" : "";
  const [mantissa, power] = Math.abs(value).toExponential(8).split("e");
  if (value === 0 || (power >= -4 && power < 9)) return sign + Number(Math.abs(value).toPrecision(9));
  return `${sign}${Number(mantissa)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

const smoothing = Number(/label_smoothing=([\d.]+)/.exec(data.loss)?.[1] ?? 0);
// As the loss takes it.
function targetOf(sample, unit) {
  const targets = data.targets[sample];
  return (1 - smoothing) * targets[unit] + (smoothing / targets.length) * targets.reduce((sum, y) => sum + y, 0);
}
const press = (key) => page.keyboard.press(key);
const focused = () => page.evaluate(() => document.activeElement.dataset.key ?? null);
const title = () => page.textContent("#chosen");
const parts = (key) => key.split(" ").map((part, i) => (i ? Number(part) : part));
const parameter = (layer, ending) => layer.parameters.find((p) => p.name.endsWith(ending));

// What the panel and the chosen element say.
const panel = () => page.evaluate(() => ({
  text: document.querySelector("aside").innerText.replace(/\s+/g, " "),
  results: Object.fromEntries([...document.querySelectorAll("#equations b")].map((b) => [b.dataset.name, b.textContent])),
  label: document.activeElement.getAttribute("aria-label"),
}));

// The elements of the picture, by their keys.
const elements = await page.$$eval("[data-key]", (all) => all.map((node) => node.dataset.key));
const units = elements.filter((key) => key.startsWith("u"));
const firstColumn = Math.min(...units.map((key) => parts(key)[1]));

async function choosePhase(phase) {
  await page.focus(`[data-phase="${phase}"]`);
  await press("Enter");
}

// Tab goes into the picture and, with the next press, out of it.
async function enterPicture() {
  await page.focus("#next");
  let presses = 0;
  while (!(await focused()) && ++presses < 9) await press("Tab");
  const inside = await focused();
  const shownInside = await title();
  await press("Tab");
  assert.equal(await focused(), null, "the picture is one tab stop");
  assert.equal(await title(), shownInside, "the panel can be scrolled by keys");
  await press("Shift+Tab");
  return inside;
}

// Whether a key leads on; `at` is then where it led to.
let at = null;
async function go(key) {
  const before = at;
  await press(key);
  at = await focused();
  return at !== before;
}

// Calls visit(key) for all that the arrow keys reach, and for the weights of each unit, which W leads to.
async function walk(visit) {
  at = await enterPicture();
  while (await go("ArrowLeft"));
  do {
    while (await go("ArrowUp"));
    do {
      const unit = at;
      await visit(unit);
      if (!(await go("w"))) continue;
      do await visit(at); while (await go("ArrowDown"));
      await go("Escape");
      assert.equal(at, unit, "Escape leads back from a weight");
    } while (await go("ArrowDown"));
  } while (await go("ArrowRight"));
  assert.equal(await enterPicture(), at, "the tab stop is where one was");
}

let compared = 0;
function same(found, name, value) {
  assert.equal(found[name], shown(value), name);
  ++compared;
}

function checkLearned(found, name, p, row, col) {
  if (!p.trainable) return;
  same(found.results, `∂L/∂${name}`, p.gradient[row][col]);
  same(found.results, `${name} after`, p.after[row][col]);
  const difference = p.difference[row][col];
  const expected = difference === null ? "no difference: too near a kink, or too steep" : `difference ${shown(difference)} ✓`;
  assert.ok(found.text.includes(expected), `${name}: ${expected}`);
  if (p.used[row][col] !== p.gradient[row][col]) assert.ok(found.text.includes("after clipping"));
  for (const [slot, memory] of Object.entries(p.memory)) {
    assert.ok(found.text.includes(` ${slot} = `) && found.text.includes(` = ${shown(memory.after[row][col])} `), slot);
  }
}

function checkWeight(found, layer, unit, input) {
  const weight = parameter(layer, ".weight");
  const name = `w${input + 1}`;
  same(found.results, name, weight.before[unit][input]);
  if (!weight.trainable) return;
  checkLearned(found, name, weight, unit, input);
  const sum = data.inputs.length > 1 ? "Σ " : "";
  assert.ok(found.text.includes(`∂L/∂${name} = ${sum}δ·x${input + 1} = `), found.text);
  assert.ok(found.label.includes(`new value ${shown(weight.after[unit][input])}`), found.label);
}

function checkUnit(found, layer, unit, sample) {
  for (const [name, values] of [["a", layer.a], ["∂L/∂a", layer.upstream], ["δ", layer.delta]]) {
    same(found.results, name, values[sample][unit]);
  }
  const name = layer.activation.split("(")[0];
  const [weight, bias, alpha] = [".weight", ".bias", ".alpha"].map((ending) => parameter(layer, ending));
  assert.ok(found.text.includes(name), "the panel tells the activation");
  if (weight) same(found.results, "z", layer.z[sample][unit]);
  if (name) assert.ok(found.text.includes(`a = ${name}(${shown(layer.z[sample][unit])}`), found.text);
  if (layer.layer === data.steps[0].layers.length) assert.match(found.text, /∂L\/∂a = [^=]*[op] − y/);
  if (layer.type === "dropout") {
    const factor = / a = −?[\d.e-]+·([\d.]+) = /.exec(found.text)?.[1];
    assert.ok(factor, found.text);
    assert.ok(found.text.includes(factor === "0" ? "dropped" : "kept"), found.text);
    assert.equal(found.label.includes("passes no gradient"), factor === "0");
  }
  if (bias) {
    checkLearned(found, "b", bias, unit, 0);
    assert.ok(found.label.includes(`new bias ${shown(bias.after[unit][0])}`), found.label);
  }
  if (alpha) {
    const row = alpha.before.length > 1 ? unit : 0;
    const isShared = alpha.before.length === 1;
    if (isShared) same(found.results, "α", alpha.before[row][0]);
    checkLearned(found, "α", alpha, row, 0);
    const tells = isShared || layer.z[sample][unit] <= 0;
    assert.equal(found.text.includes(`α = ${shown(alpha.before[row][0])} `), tells, found.text);
    assert.equal(found.text.includes("shared by the layer"), isShared);
  }
}

// All that the keys reach in phase Update, where the panel shows everything.
async function checkAll(step, sample) {
  const reached = [];
  await walk(async (key) => {
    reached.push(key);
    const found = await panel();
    assert.doesNotMatch(found.text + found.label, /null|NaN|undefined/);
    const [kind, number, unit, input] = parts(key);
    if (kind === "w") checkWeight(found, step.layers[number - 1], unit, input);
    else if (number > firstColumn) checkUnit(found, step.layers[number - 1], unit, sample);
    else same(found.results, `x${unit + 1}`, step.layers[firstColumn].x[sample][unit]);
  });
  assert.deepEqual(reached.sort(), [...elements].sort(), "the keys reach everything");
}

// Each output, and each sample where there are several.
async function checkLoss(step, sample) {
  const tables = await page.$$eval("#equations table", (all) => all.map((table) =>
    [...table.rows].slice(1).map((row) => [...row.cells].map((cell) => cell.textContent))));
  const outputs = step.prediction[sample].map((p, k) =>
    [String(k + 1), ...[targetOf(sample, k), p, p - targetOf(sample, k)].map(shown)]);
  const samples = step.sample_losses.map((loss, i) => [String(i + 1), shown(loss), shown(step.factors[i])]);
  assert.deepEqual(tables, samples.length > 1 ? [outputs, samples] : [outputs]);
  const found = await panel();
  same(found.results, "L", step.loss);
  assert.ok(found.text.includes(`in float ${shown(step.loss_in_float)}`), found.text);
}

// What the elements say of themselves in a phase, and how they look.
async function checkPicture(step, phase, sample) {
  const says = await page.$$eval("[data-key]", (all) => all.map((node) => ({
    key: node.dataset.key,
    role: node.getAttribute("role"),
    label: node.getAttribute("aria-label"),
    text: node.textContent,
    dashes: node.querySelector(".wire") && getComputedStyle(node.querySelector(".wire")).strokeDasharray,
    isStruck: node.matches(".off") && node.querySelector("line") !== null,
  })));
  for (const { key, role, label, text, dashes, isStruck } of says) {
    const [kind, number, unit, input] = parts(key);
    assert.match(role + label + text, /^button(Input|Layer|Weight) \d(?!.*(null|NaN|undefined))/);
    if (number === firstColumn) continue;
    const layer = step.layers[number - 1];
    const weight = parameter(layer, ".weight");
    if (kind === "w") {
      const value = { 3: weight.gradient, 4: weight.after }[phase]?.[unit][input] ?? weight.before[unit][input];
      const said = { 3: `: gradient ${shown(value)}`, 4: `: new value ${shown(value)}` }[phase] ?? `: ${shown(value)}`;
      assert.ok(label.endsWith(weight.trainable || phase < 3 ? said : `: ${shown(weight.before[unit][input])}, not trained`), label);
      if (phase === 3 && !weight.trainable) continue;  // no gradient, no sign
      assert.equal(dashes !== "none", value < 0, `${key} is dashed where it is below 0`);
    } else {
      if (layer.slope[sample][unit] === 0) assert.ok(isStruck && label.includes("passes no gradient"), label);
      if (phase === 3) assert.ok(label.includes(`: δ ${shown(layer.delta[sample][unit])}`) && /δ/.test(text), label);
      if (phase === 2 && number === step.layers.length) {
        assert.ok(label.includes(`target ${shown(targetOf(sample, unit))}`) && /target/.test(text), label);
      }
    }
  }
}

// No label of the picture covers another one, or a unit.
async function checkLabels() {
  const meeting = await page.evaluate(() => {
    const boxes = [...document.querySelectorAll("#picture text")].map((node) => ({ node, box: node.getBBox() }));
    const circles = [...document.querySelectorAll("#picture .node > circle:first-child")].map((node) => ({ node, box: node.getBBox() }));
    const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    const isInside = (text, circle) => circle.node.parentNode === text.node.parentNode && text.box.y > circle.box.y && text.box.y < circle.box.y + 40;
    return boxes.flatMap((a, i) =>
      [...boxes.slice(i + 1).filter((b) => meet(a.box, b.box)), ...circles.filter((b) => !isInside(a, b) && meet(a.box, b.box))]
        .map((b) => `${a.node.textContent} and ${b.node.textContent || "a unit"}`));
  });
  assert.deepEqual(meeting, [], page.url());
}

// The backward phase goes a layer at a time, from the last: no δ or gradient stands in the picture before its layer's turn.
async function goBackward(step) {
  const shown = step.layers.filter((layer) => !data.layer || layer.layer === data.layer);
  for (let reached = 1; reached <= shown.length; ++reached) {
    const said = await page.$$eval("[data-key^=u]", (all) => all.map((node) => [node.dataset.key, node.getAttribute("aria-label")]));
    for (const [key, label] of said) {
      const number = parts(key)[1];
      if (number > firstColumn) assert.equal(label.includes(": δ "), number > shown.at(-1).layer - reached, `${key} ${reached}`);
    }
    await checkLabels();
    if (reached === shown.length) break;
    await page.focus("#next");
    await press("Enter");
  }
}

// The edges that the gradient comes back by show the terms of the chosen unit's ∂L/∂a.
async function checkTerms(step) {
  const layer = step.layers.at(-2);
  const next = step.layers.at(-1);
  const weight = next && parameter(next, ".weight");
  if (!layer || !weight || data.layer || layer.type !== "dense") return;
  const key = `u ${layer.layer} 0`;
  await page.locator(`[data-key="${key}"] circle`).first().hover();
  const marked = await page.$$eval(".edge.incoming", (all) => all.map((node) => node.dataset.key));
  assert.deepEqual(marked.sort(), weight.before.slice(0, 12).map((_, j) => `w ${next.layer} ${j} 0`).sort());
  const numbers = await page.$$eval(".numbers text", (all) => all.map((node) => node.textContent));
  const terms = numbers.filter((text) => text.includes("·")).map((text) => text.replace(/[()]/g, "").replace(/−/g, "-").split("·").map(Number));
  assert.ok(terms.length > 0, numbers.join(" | "));
  const isNear = (shown, value) => Math.abs(shown - value) <= 0.051 * Math.abs(value) + 1e-12;  // two digits
  for (const [w, delta] of terms) {
    assert.ok(weight.before.some((row, j) => isNear(w, row[0]) && isNear(delta, next.delta[0][j])), `${w}·${delta}`);
  }
  await checkLabels();
  await page.mouse.move(2, 400);  // off the picture, wherever the page is scrolled to
}

// Every block of the whole network has a way around its layers, from where its input comes, with what is added.
async function checkWays(layers) {
  const ways = await page.$$eval(".way", (all) => all.map((way) => [way.dataset.way, way.nextSibling.textContent]));
  const blocks = data.layer ? [] : layers.filter(({ type }) => type === "residual");
  assert.deepEqual(ways.map(([way]) => parts(`way ${way}`)[2]), blocks.map(({ layer }) => layer));
  for (const [i, [way, text]] of ways.entries()) {
    const [, from] = parts(`way ${way}`);
    assert.deepEqual(blocks[i].x, from === 0 ? layers[0].x : layers[from - 1].a, way);
    assert.equal(text, blocks[i].parameters.length > 0 ? "+ P·x" : "+ x", way);
    if (from === 0) continue;
    await page.locator(`[data-key="u ${from} 0"] circle`).first().hover();
    assert.equal(await page.locator(".edge.incoming").count(), 0, "the terms on edges would not be all of ∂L/∂a");
    await page.mouse.move(2, 400);
  }
}

// Pointing shows, a click or Enter pins, Escape, a click on empty ground or the button of the panel unpins.
async function checkPins() {
  const isPinned = () => page.isVisible("#unpin");
  const [one, other] = [units[units.length - 1], units[0]].map((key) => page.locator(`[data-key="${key}"] circle`).first());
  await choosePhase(1);
  await page.hover("h1");
  const nothing = await title();
  await one.hover();
  const pointedAt = await title();
  assert.notEqual(pointedAt, nothing, "pointing shows");
  assert.equal(await page.textContent("#said"), "", "what is only pointed at is not announced");
  await page.hover("#hint");
  assert.equal(await title(), nothing, "and stops");
  const ways = [
    ["Escape", () => press("Escape")],
    ["empty ground", () => page.click("#picture", { position: { x: 5, y: 100 } })],
    ["button", () => page.click("#unpin")],
  ];
  for (const [name, unpin] of ways) {
    await one.click();
    await other.hover();
    await page.hover("aside");
    assert.equal(await title(), pointedAt, "what is pinned stays");
    assert.ok(await isPinned(), "and shows that it is");
    const label = await page.getAttribute("[aria-pressed=true][data-key]", "aria-label");
    assert.equal(await page.textContent("#said"), `Pinned: ${label}`, "and is announced in a sentence");
    await unpin();
    assert.ok(!(await isPinned()), name);
    assert.equal(await page.$$eval("[aria-pressed=true][data-key]", (all) => all.length), 0);
  }
  at = await enterPicture();
  await press("Enter");
  const pinned = await title();
  (await go("ArrowUp")) || (await go("ArrowDown")) || (await go("ArrowLeft"));
  assert.equal(await title(), pinned, "Enter pins");
  assert.ok(await isPinned());
  await press("Escape");
  assert.notEqual(await title(), pinned, "what has the focus is shown again");
  assert.equal(await page.getAttribute("aside", "aria-live"), null, "the panel is not read out as a whole");
}

// Each fault that the page offers: the loss is right, and what is marked has a gradient that is wrong by the fault's ratio.
async function checkFaults() {
  const hasBlocks = (await page.$(".way")) !== null;  // round which a gradient comes with the right sign
  const ratios = { ...(hasBlocks ? {} : { sign: -1 }), batch: data.inputs.length, softmax: NaN };
  await choosePhase(3);
  const names = await page.$$eval("#fault option", (all) => all.map((option) => option.value));
  if (names.length < 2) return 0;  // a large network, or one without a gradient
  for (const name of names.filter(Boolean)) {
    await page.selectOption("#fault", name);
    assert.ok((await page.evaluate(() => location.hash)).includes(`break=${name}`));
    assert.equal(await page.textContent("#status"), `Backward: the gradients of L = ${shown(data.steps[0].loss)}`);
    const key = await page.getAttribute(".edge.differs", "data-key");
    await page.dispatchEvent(`[data-key="${key}"] .hit`, "click");
    const text = (await panel()).text;
    assert.match(text, /DIFFERS/);
    const [, result, difference] = /= (\S+| not finite) difference (\S+) DIFFERS/.exec(text.replace("not finite", "NaN"));
    const [gradient, numeric] = [result, difference].map((part) => Number(part.replace("−", "-")));
    const ratio = gradient / numeric;
    if (name in ratios) assert.ok(Object.is(ratio, NaN) ? name === "softmax" : Math.abs(ratio - ratios[name]) < 1e-4, `${name}: ${ratio}`);
    assert.match(await page.textContent("#broken"), /^Broken on purpose: /);
    await press("Escape");
  }
  await page.selectOption("#fault", "");
  assert.equal(await page.$(".differs"), null, "the right code differs nowhere");
  assert.equal(await page.isHidden("#broken"), true);
  return names.length - 1;
}

for (const name of ["1 Forward", "2 Loss", "3 Backward", "4 Update", "Next"]) {
  assert.equal(await page.getByRole("button", { name, exact: true }).count(), 1, name);
}
assert.equal(await page.getByRole("combobox", { name: "Step" }).count(), 1);
assert.equal(await page.getByRole("combobox", { name: "Sample" }).count(), data.inputs.length > 1 ? 1 : 0);

for (const [index, step] of data.steps.entries()) {
  for (let phase = 1; phase <= 4; ++phase) {
    await page.focus("#next");
    await press("Enter");
    const pressed = await page.$$eval("[data-phase][aria-pressed=true]", (all) => all.map((b) => b.dataset.phase));
    assert.deepEqual(pressed, [String(phase)], `step ${index + 1}`);
    if (phase === 3) await goBackward(step);
    await checkPicture(step, phase, 0);
    await checkLabels();
    if (phase === 3) await checkTerms(step);
    if (phase === 2) await checkLoss(step, 0);
    if (phase === 3) await checkWays(step.layers);
  }
  assert.equal(await page.textContent("#status"),
               `Update: L was ${shown(step.loss)}, and is now ${shown(step.loss_after)}`);
  await checkAll(step, 0);
  await page.focus("#next");
  await press("Enter");
}
for (let sample = 1; sample < data.inputs.length; ++sample) {
  await page.selectOption("#sample", { value: String(sample) });
  await choosePhase(2);
  await checkLoss(data.steps[0], sample);
  await choosePhase(4);
  await checkPicture(data.steps[0], 4, sample);
  if (sample === data.inputs.length - 1) await checkAll(data.steps[0], sample);
}
if (elements.length < 20) await checkPins();  // the same on every page
const faults = await checkFaults();
await browser.close();
assert.deepEqual(complaints, []);
assert.ok(compared > 0);
console.log(`${compared} numbers on the page are those of --json, ${faults} faults show`);
