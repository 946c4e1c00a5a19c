// ---- Proof: every gradient beside its central difference, and what a mistake in the backward pass does to them ----

function openProof() {
  pause();
  session.proof = {fault: "", check: null};
  prove();
  byId("fault").focus();
}

function closeProof() {
  session.proof = null;
  showProof();
  byId("open-proof").focus();
}

// Compares with the weights as they are now. A mistake that changes no gradient is refused, with the reason.
function prove() {
  if (!session.proof) return;
  const {fault} = session.proof;
  session.proof.check = session.engine.request(fault ? {do: "gradcheck", break: fault} : {do: "gradcheck"});
  showProof();
}

function showProof() {
  const check = session.proof?.check;
  byId("proof").hidden = !check;
  if (!check) return;
  byId("fault").replaceChildren(new Option("no", ""), ...session.opened.faults.map((name) => new Option(name, name)));
  byId("fault").value = session.proof.fault;
  const words = check.error ? check.error.replace(/^--break \w+: it/, "It") : check.break ? `Broken on purpose: ${check.break.what}. ${check.break.why}` :
    check.agrees ? `${check.tensors.every(({checked}) => checked) ? "All gradients" : "The gradients that could be compared"} agree with their differences.` : "A gradient differs: it is wrong, or too near a kink.";
  byId("proof-words").textContent = words;
  byId("proof-words").classList.toggle("bad", !check.error && !check.agrees);
  byId("proof-table").replaceChildren(...(check.error ? [] : proofRows(check.tensors)));
}

function proofRows(tensors) {
  const cells = (kind, texts) => texts.map((textContent) => make(kind, {textContent}));
  const row = ({name, checked, gradient, difference, ratio, agrees}) => {
    const verdict = !checked ? "not compared: at a kink" : agrees ? "✓" : "DIFFERS";
    const numbers = checked ? [exactly(gradient), exactly(difference), shown(ratio, 4)] : ["–", "–", "–"];
    return make("tr", {}, make("th", {textContent: name, scope: "row"}), ...cells("td", numbers),
                make("td", {textContent: verdict, className: !checked ? "" : agrees ? "good" : "bad"}));
  };
  return [make("tr", {}, ...cells("th", ["tensor", "gradient", "difference", "ratio", "verdict"])), ...tensors.map(row)];
}

function listenToProof() {
  byId("open-proof").onclick = openProof;
  byId("close-proof").onclick = closeProof;
  byId("fault").onchange = () => { session.proof.fault = byId("fault").value; prove(); };
}
