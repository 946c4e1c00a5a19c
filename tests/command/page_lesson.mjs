// What a lecturer does with pages of hinge explain, in a browser: hides and reveals numbers, goes on by a clicker on a full
// screen, sends a link, zooms, chooses the units to draw.
//
//   node page_lesson.mjs FOLDER_OF_NODE_MODULES CHROMIUM XOR DIGITS    two pages: xor.json with 4 samples, digits.json
import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chromium, xor, digits] = process.argv.slice(2);
const playwright = createRequire(`${folder}/package.json`)("playwright-core");
const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
const errors = [];

async function open(path, hash = "", [width, height] = [1280, 800]) {
  const page = await browser.newPage({ viewport: { width, height } });
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(pathToFileURL(path).href + hash);
  return page;
}
const text = (page, selector) => page.textContent(selector);
const numbers = (page, selector) => page.$$eval(selector, (all) => all.map((node) => node.textContent));
const placeOf = (page) => page.evaluate(() => location.hash.slice(1));  // page.url() may be that of a moment ago
const phase = (page) => page.getAttribute("[data-phase][aria-pressed=true]", "data-phase");

// axe-core, where it is installed. The numbers drawn in a unit are short; its name is a sentence with all digits.
async function checkAccess(page) {
  const axe = `${folder}/node_modules/axe-core/axe.min.js`;
  if (!existsSync(axe)) return;
  await page.evaluate(readFileSync(axe, "utf8"));
  const found = await page.evaluate("axe.run({rules: {'label-content-name-mismatch': {enabled: false}}}).then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))");
  assert.deepEqual(found, []);
}

// Hidden numbers come one by one, first to last, and the picture shows those of a unit when all of them are there.
{
  const page = await open(xor, "#phase=backward&unit=1.1");
  const unit = '[data-key="u 1 0"]';
  const whole = await numbers(page, "#equations b");
  assert.ok(whole.length > 4 && !whole.includes("?"), whole.join());
  await page.keyboard.press("h");
  assert.deepEqual(await numbers(page, "#equations b"), ["?", ...whole.slice(1).map(() => "")]);
  assert.match(await text(page, "#equations"), /δ = …/);
  assert.match(await page.getAttribute(unit, "aria-label"), /: δ \?$/, "a screen reader is not told either");
  const onEdges = await numbers(page, ".numbers text");
  assert.ok(onEdges.length > 2 && onEdges.every((text) => /^([\d.]+·)?\?$/.test(text)), `no gradient on an edge: ${onEdges}`);
  assert.match(await text(page, "#status"), /L = \?/);
  await page.click('[data-phase="2"]');
  await page.keyboard.press("Escape");
  assert.deepEqual((await numbers(page, "#equations tr:nth-child(3) td")).at(2), "?", "p − y is for the class to compute");
  await page.evaluate(() => { location.hash = "#phase=backward&unit=1.1"; });
  await page.waitForFunction(() => document.querySelector("#chosen").textContent === "Layer 1, unit 1");
  await checkAccess(page);
  for (let shown = 1; shown < whole.length; ++shown) {
    await (shown % 2 ? page.click("#reveal") : page.keyboard.press("r"));
    assert.deepEqual((await numbers(page, "#equations b")).slice(0, shown + 1), [...whole.slice(0, shown), "?"]);
    assert.match(await text(page, unit), /δ \?/);
  }
  await page.keyboard.press("r");
  assert.deepEqual(await numbers(page, "#equations b"), whole);
  assert.match(await text(page, unit), /δ −?\d/);
  assert.ok(!(await page.isVisible("#reveal")));
  await page.click("#hide");
  assert.match((await numbers(page, ".numbers text")).join(), /\d/);
}

// A lecture: text grows with the window; PageDown and Space go on, through the backward phase by layers, PageUp goes back.
{
  const page = await open(xor, "", [1920, 1080]);
  const size = () => page.$eval("#picture text", (node) => node.getBoundingClientRect().height);
  const before = await size();
  await page.click("#lecture");
  await page.waitForFunction(() => document.fullscreenElement);  // keys may be lost on the way there
  assert.ok((await size()) > 1.4 * before, "text of the picture");
  assert.ok(parseFloat(await page.$eval("body", (body) => getComputedStyle(body).fontSize)) > 22, "and of the page");
  const places = [];
  for (const key of ["PageDown", " ", "PageDown", " ", "PageDown", "PageDown"]) {
    await page.keyboard.press(key);
    places.push(await placeOf(page));
  }
  assert.deepEqual(places.map((place) => place.replace("step=1&sample=1&phase=", "")),
                   ["forward", "loss", "backward&layer=2", "backward&layer=1", "update", "step=2&sample=1&phase=start"]);
  for (const place of [...places].reverse().slice(1)) {
    await page.keyboard.press("PageUp");
    assert.equal(await placeOf(page), place);
  }
  await checkAccess(page);
  await page.keyboard.press("f");
  assert.ok(Math.abs((await size()) - before) < 1);
  await page.keyboard.press("PageDown");
  assert.equal(await phase(page), "1", "outside of a lecture PageDown scrolls");
}

// A link leads to its step, phase, layer, sample and unit; what makes no sense in it is left aside.
{
  const page = await open(xor, "#step=3&sample=2&phase=backward&layer=2&unit=2.1");
  assert.equal(await page.inputValue("#step"), "2");
  assert.equal(await page.inputValue("#sample"), "1");
  assert.equal(await phase(page), "3");
  assert.equal(await text(page, "#chosen"), "Layer 2, unit 1");
  assert.match(await page.getAttribute('[data-key="u 1 0"]', "aria-label"), /^Layer 1, unit 1: (?!δ)/);
  assert.equal(await text(page, "#sums"), "z, a and δ are those of sample 2; each gradient ∂L/∂w and ∂L/∂b is a sum over the 4 samples.");
  await page.evaluate(() => { location.hash = "#phase=update&weight=1.4.2"; });
  await page.waitForFunction(() => document.querySelector("#chosen").textContent === "Layer 1, unit 4, weight 2");
  const odd = await open(xor, "#step=99&sample=x&phase=nowhere&layer=-7&unit=9.9.9&weight=0.0.0");
  assert.equal(await odd.inputValue("#step"), "4");
  assert.equal(await text(odd, "#chosen"), "Nothing chosen");
}

// At 200 % a laptop has 640 pixels: the equations still stand beside the picture. On a phone they stand below.
for (const [width, isBeside] of [[640, true], [390, false]]) {
  const page = await open(xor, "", [width, 844]);
  const [picture, panel] = await Promise.all(["#picture", "aside"].map((name) => page.locator(name).boundingBox()));
  assert.equal(panel.x >= picture.x + picture.width, isBeside, String(width));
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, "no sideways scrolling");
}

// Images: the inputs, and the weights of a unit of the first layer. Every unit can be drawn, and is chosen by a link.
{
  const page = await open(digits);
  assert.deepEqual(await numbers(page, "#images figcaption"), ["the inputs"]);
  assert.equal(await page.locator("#images rect").count(), 64);
  await page.selectOption('[data-choice="1"]', { label: "61–64" });
  await page.selectOption('[data-choice="0"]', { label: "25–36" });
  const keys = await page.$$eval("[data-key]", (all) => all.map((node) => node.dataset.key));
  assert.ok(keys.includes("u 1 63") && keys.includes("w 1 63 35") && !keys.includes("u 1 0") && !keys.includes("u 0 36"));
  await page.click('[data-phase="4"]');
  await page.locator('[data-key="u 1 62"] circle').first().click();
  assert.equal(await text(page, "#chosen"), "Layer 1, unit 63");
  assert.deepEqual(await numbers(page, "#images figcaption"), ["the inputs", "weights of unit 63"]);
  assert.equal(await page.locator("#images rect").count(), 128);
  assert.match(await text(page, "#equations"), /b after|b = .* − /);
  await page.focus('[data-key="u 1 62"]');
  await page.keyboard.press("w");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.key), "w 1 62 24");
  await checkAccess(page);
  const linked = await open(digits, "#phase=forward&weight=1.40.50");
  assert.equal(await text(linked, "#chosen"), "Layer 1, unit 40, weight 50");
  assert.equal(await linked.inputValue('[data-choice="1"]'), "36");
}

await browser.close();
assert.deepEqual(errors, []);
console.log("lessons can be given with the pages");
