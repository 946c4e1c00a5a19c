// ---- The session: the engine, its last answers, and what is chosen ----

const session = {
  engine: null,
  config: null,        // as the controls have made it; the engine's has every key
  files: {},
  opened: null,        // the engine's answer to open: data, network, maps, resolved config
  state: null,
  history: null,       // columns by epoch
  playing: false,
  speed: "epoch",
  stopAt: null,        // the training loss to stop at
  chosen: null,        // the key of the unit or weight that the inspector shows
  pointed: null,       // the key of the unit whose map is drawn large
  sample: null,        // {number, phase, explained}
  proof: null,         // {fault, check}
  hidden: new Set(),   // parts of the page that are not shown
};

// What is wrong, or "" for nothing.
function complain(text) {
  byId("problem").hidden = !text;
  byId("problem").textContent = text;
}

function say(text) { byId("said").textContent = text; }

// The answer to a request; null, after a complaint, if it could not be done.
function ask(request) {
  const answer = session.engine.request(request);
  if (answer.error) {
    complain(answer.error);
    if (answer.state) take(answer.state);
    return null;
  }
  return answer;
}

const emptyHistory = () => ({epoch: [], train_loss: [], train_accuracy: [], test_loss: [], test_accuracy: []});

// Opens a config, an object or a text; the training that was there stays if it cannot be opened.
function openConfig(config, files = session.files) {
  const answer = ask({do: "open", config, files});
  if (!answer) return false;
  complain("");
  session.config = typeof config === "string" ? plainConfig(config, answer.config) : config;
  session.files = files;
  session.chosen = null;
  session.pointed = null;
  session.sample = null;
  session.proof = null;
  adopt(answer);
  return true;
}

// Comments are no JSON: a text that has some is replaced by what the engine read.
function plainConfig(text, resolved) {
  try { return JSON.parse(text); } catch { return resolved; }
}

// Takes the answer of open or change, and draws the page anew.
function adopt(answer) {
  session.opened = answer;
  session.history = emptyHistory();
  take(answer.state);
  buildPage();
  rememberAddress();
}

function rememberAddress() { history.replaceState(null, "", addressOf(session)); }

// Changes the config and starts from the beginning.
function restartWith(edit) {
  const config = copyOf(session.config);
  edit(config);
  pause();
  if (!openConfig(config)) buildPage();
}

// Changes one option and goes on with the weights as they are; starts again where that cannot be.
function changeOption(path, value) {
  const config = copyOf(session.config);
  putAt(config, path, value);
  const line = `${path.replace(/\.(\d+)/g, "[$1]")}=${JSON.stringify(value)}`;
  const answer = session.engine.request({do: "change", set: [line]});
  if (answer.error) {
    if (!openConfig(config)) buildPage();
    return;
  }
  complain("");
  session.config = config;
  adopt(answer);
}

// Takes a state of the engine and the new rows of the history.
function take(state) {
  const before = session.state;
  session.state = state;
  const rows = session.history;
  for (const key of Object.keys(rows)) rows[key].length = Math.min(rows[key].length, state.history);
  if (rows.epoch.length < state.history) {
    const more = session.engine.request({do: "history", from: rows.epoch.length});
    for (const key of Object.keys(rows)) for (const value of more[key]) rows[key].push(value);
  }
  if (before) announceDeaths(before, state);
}

function announceDeaths(before, state) {
  if (before.layers.length !== state.layers.length || state.dead <= before.dead) return;
  const died = state.layers.flatMap(({layer, units}, l) => units.flatMap(({state: now}, u) =>
    (now === "dead" && before.layers[l].units[u]?.state !== "dead" ? [`unit ${u + 1} of layer ${layer}`] : [])));
  if (died.length) say(`Died: ${died.slice(0, 4).join(", ")}${died.length > 4 ? ", …" : ""}.`);
}

function advance(request) {
  const answer = ask(request);
  if (answer) take(answer.state);
  return answer;
}

function sayFigures(word) {
  const {epoch, train, test} = session.state;
  say(`${word} at epoch ${epoch}. Training loss ${shown(train.loss)}${test ? `, ${dataOf().test.part} loss ${shown(test.loss)}` : ""}.`);
}

// ---- Play, pause, step ----

const reduced = matchMedia("(prefers-reduced-motion: reduce)");
const frame = {drawn: 0};

function play() {
  if (session.playing) return;
  session.playing = true;
  complain("");
  showPlaying();
  say("Playing.");
  requestAnimationFrame(playFrame);
}

function pause(word = "Paused") {
  if (!session.playing) return;
  session.playing = false;
  showPlaying();
  showVerdict();
  askAgain();
  draw();
  sayFigures(word);
}

function showPlaying() {
  byId("play").setAttribute("aria-label", session.playing ? "Pause" : "Play");
  document.body.classList.toggle("playing", session.playing);
}

function playRequest() {
  const {epoch} = session.state;
  if (session.speed === "step") return {do: "step", count: 1};
  const limit = session.stopAt === null ? {} : {until_loss: session.stopAt};
  return {do: "run", milliseconds: 10, ...(session.speed === "epoch" ? {until_epoch: epoch + 1} : {}), ...limit};
}

// One frame: a little training, then a picture of it. With reduced motion the pictures are four a second.
function playFrame(now) {
  if (!session.playing) return;
  const answer = advance(playRequest());
  if (!answer) return pause("Stopped");
  const reached = answer.stopped === "loss" || (session.stopAt !== null && session.state.batch === 0 && session.history.train_loss.at(-1) <= session.stopAt);
  if (reached) return pause(`Stopped at the loss of ${shown(session.stopAt)}`);
  if (!reduced.matches || now - frame.drawn > 250) {
    frame.drawn = now;
    draw();
    showAlarm();
  }
  requestAnimationFrame(playFrame);
}

function stepBy(request, word) {
  pause();
  complain("");
  if (!advance(request)) return;
  askAgain();
  draw();
  showVerdict();
  sayFigures(word);
}

const transport = {
  restart: () => {
    const {chosen, sample, proof} = session;
    pause();
    if (!openConfig(session.config)) return;
    Object.assign(session, {sample, proof});
    askAgain();
    choose(chosen);
    sayFigures("Restarted");
  },
  back: () => session.state.step > 0 && stepBy({do: "back", steps: 1}, "One step back"),
  play: () => (session.playing ? pause() : play()),
  step: () => stepBy({do: "step", count: 1}, "One step"),
  epoch: () => stepBy({do: "epoch", count: 1}, "One epoch"),
};
