// Drives pages of hinge report and hinge compare in a browser: no error, no request, nothing wider than a phone, no labels that
// cover each other, every control reached by keys and with a name, no violation that axe-core finds (where it is installed),
// the numbers of --json; they print. The first pages are read at every size, in light and in dark, the others once.
//
//   node report_reader.mjs FOLDER_OF_NODE_MODULES CHROMIUM HOW_MANY_AT_EVERY_SIZE PAGE JSON [PAGE JSON]…
import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chromium, atEverySize, ...pages] = process.argv.slice(2);
const playwright = createRequire(`${folder}/package.json`)("playwright-core");
const axe = `${folder}/node_modules/axe-core/axe.min.js`;
const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const four = (x) => String(Number.isInteger(x) ? x : Number(x.toPrecision(4))).replace("-", "−");

async function open(path, complaints, width, height, colorScheme) {
  const address = pathToFileURL(path).href;
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

async function checkLayout(page) {
  const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= room, `${width} pixels wide, where there are ${room}`);
  await checkLabels(page);
  await checkAccess(page);
}

// Tab leads to every control that is seen, and each has a name.
async function checkKeys(page) {
  const nameless = await page.evaluate(() => {
    const all = document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']");
    window.controls = [...all].filter((node) => node.checkVisibility());
    const nameOf = (node) => node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent;
    return window.controls.filter((node) => !nameOf(node).trim()).map((node) => node.outerHTML);
  });
  assert.deepEqual(nameless, [], "a control has a name");
  const missed = async () => page.evaluate(() => {
    window.controls = window.controls.filter((node) => node !== document.activeElement);
    return window.controls.map((node) => node.outerHTML);
  });
  for (let left = (await missed()).length; left > 0; --left) {
    await page.keyboard.press("Tab");
    await missed();
  }
  assert.deepEqual(await missed(), [], "Tab leads to every control");
}

// A slider tells where it is as the keys move it.
async function checkSliders(page) {
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
}

// The file behind a picture, saved by keys, is the table that stands there.
async function checkCsv(page) {
  const button = await page.$("figure button.csv");
  if (!button) return;
  await button.focus();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.match(download.suggestedFilename(), /^[^./]+\.csv$/);
  const table = await button.evaluate((node) => [...node.closest("figure").querySelector("table").rows].map((row) =>
    [...row.cells].map((cell) => cell.textContent).join(",") + "\n").join(""));
  assert.equal(readFileSync(await download.path(), "utf8"), table);
}

// The first row of the table, at the start of the slider.
async function checkCurve(page) {
  const curve = await page.$("figure.curve:has(.walk)");
  if (!curve) return;
  await (await curve.$(".walk input")).focus();
  await page.keyboard.press("Home");
  const row = await curve.$$eval("tbody tr:first-child td", (cells) => cells.map((cell) => cell.textContent));
  const said = await curve.$eval("output", (output) => output.textContent);
  assert.ok(said.includes(`epoch ${row[0]} `) && said.includes(four(Number(row[1]))), said);
}

// A unit's history follows its number.
async function checkHistory(page) {
  if (!(await page.isVisible("#ledger"))) return;
  await page.fill("#unit", "1");
  assert.match(await page.textContent("#history"), /^Unit 1 of layer \d+ is .*It fires on \d+ of \d+ samples/);
  await page.fill("#unit", "999999");
  assert.match(await page.textContent("#history"), /numbered from 1 to/);
}

// The figures of a run: each tile is one of `hinge train --json`, of the epoch whose weights the model has.
async function checkTiles(page, summary) {
  const figures = { ...(summary.best ?? summary.last), ...summary };
  const prefixes = { test: "test/", validation: "val/", training: "train/" };
  const tiles = await page.$$eval(".tile", (all) => all.map((tile) => ["label", "value"].map((name) => tile.querySelector(`.${name}`).textContent)));
  assert.ok(tiles.length > 0);
  for (const [label, value] of tiles) {
    if (label === "training time") continue;
    const [part, name] = label.split(" ");
    assert.equal(value, four(figures[name ? prefixes[part] + name : part]), label);
  }
}

// The figures of a comparison: each row of the table is one of `hinge compare --json`.
async function checkFigures(page, comparison) {
  const cells = await page.$$eval("[aria-label^='Figures'] tbody tr", (all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  const rows = new Map(cells.map(([name, ...values]) => [name, values]));
  const spoken = (figure) => figure.replace(/^test\//, "test ").replace(/^val\//, "validation ").replace(/^train\//, "training ");
  comparison.contenders.forEach(({ figures }, i) => {
    for (const { figure, value, interval } of figures) {
      const range = interval && interval[0] < interval[1] ? ` (${four(interval[0])} to ${four(interval[1])})` : "";
      assert.equal(rows.get(spoken(figure))?.[i], four(value) + range, figure);
    }
  });
  assert.ok((await page.textContent(".verdict")).includes(comparison.sentence));
}

// The theme changes the ground, and one frame at a time is shown.
async function checkTheme(page) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.click("#theme");
  assert.notEqual(await ground(), light);
  assert.equal((await page.$$(".frames")).length, (await page.$$(".frame:not([hidden])")).length);
}

async function read(path, numbers, everySize) {
  const complaints = [];
  const page = await open(path, complaints, 1280, 800, "light");
  for (const check of [checkLayout, checkKeys, checkSliders, checkCurve, checkCsv, checkHistory]) await check(page);
  await (numbers.contenders ? checkFigures : checkTiles)(page, numbers);
  await checkTheme(page);
  assert.ok((await page.pdf({ format: "A4" })).length > 10000);
  await page.context().close();
  if (!everySize) return assert.deepEqual(complaints, []);
  for (const [width, height] of [[1280, 800], [390, 844], [1920, 1080]]) {
    for (const scheme of ["light", "dark"]) {
      if (width === 1280 && scheme === "light") continue;
      const other = await open(path, complaints, width, height, scheme);
      await checkLayout(other);
      await other.context().close();
    }
  }
  assert.deepEqual(complaints, []);
}

for (let i = 0; i < pages.length; i += 2) {
  await read(pages[i], JSON.parse(readFileSync(pages[i + 1], "utf8")), i / 2 < Number(atEverySize));
  console.log(`${pages[i]} is right`);
}
await browser.close();
