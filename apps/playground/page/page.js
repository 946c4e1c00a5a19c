// ---- The page: what is drawn when, keys, sharing, and the start ----

function buildPage() {
  buildControls();
  buildNetwork();
  showMapLegend();
  showInspector();
  showSample();
  showProof();
  byId("verdict").hidden = true;
  byId("accuracy-figure").hidden = isRegression();
  find("dt", byId("accuracy-figure")).textContent = `${dataOf().test ? (dataOf().test.part === "test" ? "Test" : "Validation") : "Training"} accuracy`;
  find('[data-curve="accuracy"]').hidden = isRegression();
  const part = dataOf().test?.part;
  byId("test-figure").hidden = !part;
  find("dt", byId("test-figure")).textContent = `${part === "test" ? "Test" : "Validation"} loss`;
  if (isRegression()) showCurve("loss");
  hideParts();
  drawPoints();
  draw();
}

// Everything that changes with the weights.
function draw() {
  readMaps();
  drawNetwork();
  drawMap();
  drawCurves();
  drawValues();
  drawInspector();
  const {epoch, batch, batches, train, test, step} = session.state;
  byId("epoch-count").textContent = batch ? `${epoch} + ${batch}/${batches}` : epoch;
  byId("train-loss").textContent = steady(train.loss);
  byId("test-loss").textContent = steady(test?.loss);
  byId("accuracy").textContent = percent((test ?? train).accuracy);
  byId("back").disabled = step === 0;
}

// What depends on the size of the pictures.
function resize() {
  layoutWires();
  drawPoints();
  draw();
}

// ---- Light and dark ----

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").setAttribute("aria-label", theme === "dark" ? "Light" : "Dark");
  readPalette();
  drawSketches();
  if (!session.opened) return;
  showMapLegend();
  buildOwnTools();
  drawPoints();
  draw();
}

function startTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  setTheme(dark.matches ? "dark" : "light");
  dark.onchange = () => setTheme(dark.matches ? "dark" : "light");
  // Paper is white.
  let before = null;
  addEventListener("beforeprint", () => { before = document.documentElement.dataset.theme; setTheme("light"); });
  addEventListener("afterprint", () => setTheme(before));
  byId("theme").onclick = () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
}

// ---- What a lecturer can hide ----

const hideable = {data: "Data", training: "Training", layers: "Units and layers", hinges: "Hinge lines", curves: "Curves", verdict: "Verdict"};

function buildHiding() {
  byId("hiding").replaceChildren(make("p", {textContent: "Show"}), ...Object.entries(hideable).map(([part, name]) => {
    const box = make("input", {type: "checkbox", checked: !session.hidden.has(part), "data-shows": part});
    box.onchange = () => {
      if (box.checked) session.hidden.delete(part);
      else session.hidden.add(part);
      rememberAddress();
      hideParts();
      draw();
    };
    return make("label", {}, box, name);
  }), make("p", {textContent: "The link keeps what is hidden."}));
}

function hideParts() {
  const {hidden} = session;
  for (const node of all("[data-part]")) if (node.dataset.part !== "verdict") node.hidden = hidden.has(node.dataset.part);
  for (const node of all(".head select, .head label")) node.hidden = hidden.has("layers");
  if (hidden.has("verdict")) byId("verdict").hidden = true;
  map.hinges = !hidden.has("hinges");
  document.body.classList.toggle("without-settings", hidden.has("data") && hidden.has("training"));
}

// ---- Sharing ----

function showConfig() {
  pause();
  const answer = ask({do: "config"});
  if (!answer) return;
  const dialog = byId("config-dialog");
  byId("config-text").value = answer.text;
  byId("config-note").textContent = answer.exact ? "It trains to the weights of this page, bit for bit:" : answer.note;
  byId("config-command").textContent = answer.command;
  byId("config-files").textContent = Object.keys(answer.files ?? {}).length ? `Beside it: ${Object.keys(answer.files).join(", ")}` : "";
  byId("share").open = false;
  dialog.showModal();
  byId("config-text").select();
  byId("config-text").scrollTop = 0;
}

async function copyText(text, node, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the clipboard of the browser: the old way, from a field.
    const field = make("textarea", {value: text});
    node.parentElement.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say(`${what} copied.`);
  const before = node.textContent;
  node.textContent = "Copied";
  setTimeout(() => { node.textContent = before; }, 1500);
}

function listenToSharing() {
  byId("copy-config").onclick = showConfig;
  byId("copy-link").onclick = ({target}) => copyText(location.href, target, "Link");
  byId("copy-text").onclick = ({target}) => copyText(byId("config-text").value, target, "Config");
  byId("close-config").onclick = () => byId("config-dialog").close();
  byId("print").onclick = () => window.print();
  byId("open-config").onchange = async ({target}) => { byId("share").open = false; if (target.files[0]) openConfig(await target.files[0].text()); };
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
}

// ---- Keys: space plays, arrows step ----

function pressKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (event.key === "Escape") {
    for (const menu of all("details.menu[open]")) menu.open = false;
    const close = event.target.closest?.("#inspector, #sample, #proof") && find('[aria-label="Close"]', event.target.closest("section, aside"));
    if (close) close.click();
    return;
  }
  if (byId("config-dialog").open || event.target.closest?.("input, select, textarea, [role=radio]")) return;
  if (event.key === " " && event.target.closest?.("button, summary")) return;
  const name = {" ": "play", ArrowRight: event.shiftKey ? "epoch" : "step", ArrowLeft: "back", Home: "restart"}[event.key];
  if (!name) return;
  event.preventDefault();
  transport[name]();
}

// A click on a point explains it; the nearest one within reach counts.
function clickMap(event) {
  if (isDrawing()) return;
  const box = byId("boundary").getBoundingClientRect();
  const {x, y} = place();
  const {inputs, targets} = dataOf().train;
  let best = [18, -1];
  inputs.forEach((input, i) => {
    const far = Math.hypot(x(input[0]) + box.left - event.clientX, y(isFlat() ? targets[i] : input[1]) + box.top - event.clientY);
    if (far < best[0]) best = [far, i];
  });
  if (best[1] >= 0) openSample(best[1] + 1);
}

function listen() {
  for (const [name, act] of Object.entries(transport)) byId(name).onclick = () => act();
  listenToNetwork();
  listenToCurves();
  listenToSample();
  listenToProof();
  listenToOwn();
  listenToSharing();
  byId("boundary").addEventListener("click", clickMap);
  byId("open-sample").onclick = () => { openSample(session.sample?.number ?? 1); byId("sample-number").focus(); };
  byId("close-inspector").onclick = () => { const key = session.chosen; choose(null); focusOn(key); };
  document.addEventListener("keydown", pressKey);
  const observer = new ResizeObserver(resize);
  for (const id of ["columns", "map", "curves"]) observer.observe(byId(id));
  addEventListener("hashchange", openAddress);
}

// Opens what the address says, or what the page starts with.
function openAddress() {
  const {config, files, hide} = readAddress();
  session.hidden = hide;
  buildHiding();
  pause();
  if (config && openConfig(config, files)) return;
  const text = byId("problem").textContent;
  if (!session.opened) openConfig(copyOf(standardConfig), {});
  if (config) complain(text);
}

async function start() {
  if (innerWidth <= 700) for (const node of [byId("data-settings"), byId("training-settings")]) node.open = false;
  buildKinds();
  startTheme();
  session.engine = await openEngine();
  openAddress();
  listen();
  document.body.classList.add("ready");
}

start().catch((error) => {
  complain(`The playground cannot run in this browser: ${error.message}`);
  throw error;
});
