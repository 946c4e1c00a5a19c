// Drives the page of hinge explain in a browser, by keyboard: its numbers are those of --json, nothing is asked for from
// anywhere, no error comes up, and every control has a name.
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

const shown = (value) => String(Number(value.toPrecision(9))).replace(/-/g, "−");
// The results on the panel, by the left sides of their equations.
const results = () => page.$$eval("#equations b", (all) => Object.fromEntries(all.map((b) => [b.dataset.name, b.textContent])));
const keys = () => page.$$eval("[data-key]", (all) => all.map((node) => node.dataset.key));

// Every unit and weight is reached by Tab, and says what it is.
const expected = new Set(await keys());
const reached = new Set();
await page.focus("#step");
for (let i = 0; i < expected.size + 5; ++i) {
  await page.keyboard.press("Tab");
  const key = await page.evaluate(() => document.activeElement.dataset.key);
  if (key) reached.add(key);
}
assert.deepEqual([...reached].sort(), [...expected].sort(), "all can be reached by Tab");
for (const name of await page.$$eval("[data-key]", (all) => all.map((n) => n.getAttribute("role") + n.getAttribute("aria-label")))) {
  assert.match(name, /^button(Input|Layer|Weight) ?\d?/, "what can be chosen has a name");
}
for (const name of ["1 Forward", "2 Loss", "3 Backward", "4 Update", "Next"]) {
  assert.equal(await page.getByRole("button", { name, exact: true }).count(), 1, name);
}
assert.equal(await page.getByRole("combobox", { name: "Step" }).count(), 1);

let compared = 0;
function same(found, name, value) {
  assert.equal(found[name], shown(value), name);
  ++compared;
}
for (const [index, step] of data.steps.entries()) {
  for (let phase = 1; phase <= 4; ++phase) {
    await page.focus("#next");
    await page.keyboard.press("Enter");
    const pressed = await page.$$eval("[aria-pressed=true]", (all) => all.map((b) => b.dataset.phase));
    assert.deepEqual(pressed, [String(phase)], `step ${index + 1}`);
  }
  assert.equal(await page.textContent("#status"),
               `Update: L was ${shown(step.loss)}, and is now ${shown(step.loss_after)}`);
  for (const key of await keys()) {
    const [kind, layerNumber, unit, input] = key.split(" ").map((part, i) => (i ? Number(part) : part));
    if (kind === "x") continue;
    const layer = step.layers[layerNumber - 1];
    const [weight, bias] = layer.parameters;
    await page.focus(`[data-key="${key}"]`);
    const found = await results();
    if (kind === "w") {
      const name = `w${input + 1}`;
      same(found, name, weight.before[unit][input]);
      same(found, `∂L/∂${name}`, weight.gradient[unit][input]);
      same(found, `${name} after`, weight.after[unit][input]);
      assert.match(await page.textContent("#equations"), /difference .* ✓/);
    } else {
      same(found, "z", layer.z[0][unit]);
      same(found, "a", layer.a[0][unit]);
      same(found, "∂L/∂a", layer.upstream[0][unit]);
      same(found, "δ", layer.delta[0][unit]);
      same(found, "∂L/∂b", bias.gradient[unit][0]);
      same(found, "b after", bias.after[unit][0]);
    }
  }
  await page.focus("#next");
  await page.keyboard.press("Enter");
}
await browser.close();
assert.deepEqual(complaints, []);
assert.ok(compared > 0);
console.log(`${compared} numbers on the page are those of --json`);
