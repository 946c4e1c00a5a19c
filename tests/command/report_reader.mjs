// Drives the page of hinge report in a browser: no error, no request, nothing wider than a phone, every control with a name
// and by keyboard, no violation that axe-core finds (where it is installed), in light and in dark; it prints.
//
//   node report_reader.mjs FOLDER_OF_NODE_MODULES CHROMIUM PAGE SUMMARY
import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chromium, path, summary] = process.argv.slice(2);
const playwright = createRequire(`${folder}/package.json`)("playwright-core");
const axe = `${folder}/node_modules/axe-core/axe.min.js`;
const address = pathToFileURL(path).href;
const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const complaints = [];

const four = (x) => String(Number.isInteger(x) ? x : Number(x.toPrecision(4))).replace("-", "−");

async function open(width, height, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, bypassCSP: false });
  const page = await context.newPage();
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url() !== address && !/^data:(image\/png|text\/csv)/.test(request.url())) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

// axe-core comes in from outside of the page, which its policy would not let in.
async function checkAccess(page) {
  if (!existsSync(axe)) return;
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: readFileSync(axe, "utf8") });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run().then((found) => JSON.stringify(found.violations.map((v) => [v.id, v.nodes[0].html, v.nodes[0].failureSummary])))",
    awaitPromise: true,
  });
  assert.deepEqual(JSON.parse(result.value), []);
}

// The labels of a drawing do not cover each other.
async function checkLabels(page) {
  const covered = await page.$$eval("figure svg", (drawings) => drawings.flatMap((svg) => {
    const boxes = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
    return boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([, b]) => a.width > 0 && overlap(a, b)).map(([other]) => `${one} / ${other}`));
  }));
  assert.deepEqual(covered, [], "labels cover each other");
}

// The file behind a picture, saved by keys, is the table that stands there.
async function checkCsv(page) {
  const button = await page.$("figure button.csv");
  await button.focus();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.match(download.suggestedFilename(), /^[^./]+\.csv$/);
  const table = await button.evaluate((node) => [...node.closest("figure").querySelector("table").rows].map((row) =>
    [...row.cells].map((cell) => cell.textContent).join(",") + "\n").join(""));
  assert.equal(readFileSync(await download.path(), "utf8"), table);
}

// The first row of the table, at the start of the slider.
async function checkCurve(page, curve) {
  await (await curve.$(".walk input")).focus();
  await page.keyboard.press("Home");
  const row = await curve.$$eval("tbody tr:first-child td", (cells) => cells.map((cell) => cell.textContent));
  const said = await curve.$eval("output", (output) => output.textContent);
  assert.ok(said.includes(`epoch ${row[0]} `) && said.includes(four(Number(row[1]))), said);
}

for (const [width, height, scheme] of [[1280, 800, "light"], [1920, 1080, "dark"], [390, 844, "light"]]) {
  const page = await open(width, height, scheme);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `scrolls sideways at ${width}`);
  await checkAccess(page);
  await checkLabels(page);
  await page.context().close();
}

const page = await open(1280, 800, "light");
const first = JSON.parse(readFileSync(summary, "utf8"));
const tiles = Object.fromEntries(await page.$$eval(".tile", (all) =>
  all.map((tile) => [tile.querySelector(".label").textContent, tile.querySelector(".value").textContent])));
for (const [label, value] of [["test loss", first["test/loss"]], ["test accuracy", first["test/accuracy"]], ["test r2", first["test/r2"]], ["parameters", first.parameters]]) {
  if (value !== undefined) assert.equal(tiles[label], four(value), label);
}

// Every control has a name, and a slider tells where it is as the keys move it.
for (const control of await page.$$("button, input, select")) {
  const name = await control.evaluate((node) => node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent);
  assert.ok(name.trim() || await control.evaluate((node) => node.hidden), "a control has a name");
}
for (const walk of await page.$$(".walk")) {
  const slider = await walk.$("input");
  const told = () => walk.$eval("output", (output) => output.textContent);
  await slider.focus();
  const before = await told();
  await page.keyboard.press("ArrowLeft");
  assert.notEqual(await told(), before, "the keys move the slider");
  assert.doesNotMatch(await told(), /NaN|undefined|null/);
  assert.equal(await slider.getAttribute("aria-valuetext"), await told());
}
const curve = await page.$("figure.curve:has(.walk)");
if (curve) await checkCurve(page, curve);
if (await page.$("figure button.csv")) await checkCsv(page);

// A unit's history follows its number.
if (await page.isVisible("#ledger")) {
  await page.fill("#unit", "1");
  assert.match(await page.textContent("#history"), /^Unit 1 of layer \d+ is .*It fires on \d+ of \d+ samples/);
  await page.fill("#unit", "999999");
  assert.match(await page.textContent("#history"), /numbered from 1 to/);
}

// The theme changes the ground, and one frame at a time is shown.
const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const light = await ground();
await page.click("#theme");
assert.notEqual(await ground(), light);
assert.ok((await page.$$(".frames")).length === (await page.$$(".frame:not([hidden])")).length);
assert.ok((await page.pdf({ format: "A4" })).length > 10000);
assert.deepEqual(complaints, []);
await browser.close();
console.log("the report is right");
