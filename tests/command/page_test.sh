#!/usr/bin/env bash
# The pages of hinge explain, hinge report and hinge compare in a browser. Skipped where there is no Chromium, or no node with playwright-core, unless
# HINGE_NODE_TEST=required; CTest takes 77 for that.
#
#   page_test.sh HINGE CONFIGS SCRATCH …
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hinge=$1
configs=$2
rm -rf "$3"
mkdir -p "$3"
cd "$3"

source "$here/../support/skip.sh"
chromium=$(command -v chromium || command -v chromium-browser || true)
if [[ -z $chromium || ! -d $node_folder/node_modules/playwright-core ]] || ! command -v node >/dev/null; then
  skip "Chromium, or node with playwright-core, is not here (HINGE_NODE_FOLDER)"
fi

write_page() {
  "$hinge" explain "$@" --html page.html >out
  [[ ! -s out ]]
  "$hinge" explain "$@" --json >page.json
}
read_page() { node "$here/page_reader.mjs" "$node_folder" "$chromium" "$PWD/page.html" page.json; }
page() {
  write_page "$@"
  read_page
}

layers() { printf 'model.layers=[%s]' "$1"; }
# Beside the rest, as browsers wait more than they work.
explain_pages() {
  mkdir explained
  cd explained
  page "$configs/mazur.json" --steps 2
  page "$configs/../docs/lessons/neuron.json"
  page "$configs/iris.json" --set "$(layers '{"type": "dense", "units": 8, "activation": "relu"},
  {"type": "dense", "units": 6, "activation": "leaky_relu"}, {"type": "dense", "units": 3}')" --set optimizer=adam --set loss.label_smoothing=0.1
  page "$configs/digits.json" --layer 2
  # Blocks: one at the start, one inside another, one with a projection.
  page "$configs/iris.json" --set "$(layers '{"type": "residual", "layers": [{"type": "dense", "units": 4}]},
  {"type": "residual", "layers": [{"type": "dense", "units": 3, "activation": "tanh"}, {"type": "residual",
  "layers": [{"type": "dense", "units": 3}]}, {"type": "dense", "units": 4}]},
  {"type": "residual", "layers": [{"type": "dense", "units": 3}]}')"
  page "$configs/reference/digits_dropout.json" --layer 2
  page "$configs/xor.json" --batch 4 --steps 5
  page "$configs/iris.json" --steps 2
  # Several samples, dropout, an activation of its own; an α for the layer, and one for each unit.
  page "$configs/iris.json" --set "$(layers '{"type": "dense", "units": 4, "activation": "prelu"},
  {"type": "dropout", "rate": 0.4}, {"type": "dense", "units": 3},
  {"type": "activation", "activation": {"type": "prelu", "per_unit": true}}')" \
    --set train.clip_norm=0.1 --batch 3 --steps 2
  # More weights than a function takes arguments.
  page "$configs/xor.json" --layer 1 --set "$(layers '{"type": "dense", "units": 65000, "bias": false, "train_weight": false},
  {"type": "dense", "units": 1}')"
  # Kinks that leave no difference, and a loss that a float cannot hold.
  write_page "$configs/mazur.json" --set "$(layers '{"type": "dense", "units": 2, "activation": "relu", "weight_init":
  {"type": "constant", "value": 0}}, {"type": "dense", "units": 2}')"
  sed -i 's/"loss_in_float": [^,]*/"loss_in_float": null/' page.html page.json
  grep -q '"loss_in_float": null' page.html
  read_page
  "$hinge" explain "$configs/xor.json" --batch 4 --steps 5 --html xor.html
  "$hinge" explain "$configs/digits.json" --html digits.html
  node "$here/page_lesson.mjs" "$node_folder" "$chromium" "$PWD/xor.html" "$PWD/digits.html"
  # Options at their defaults are left out of the page.
  grep -q '"optimizer": "sgd(learning_rate=0.5, momentum=0.9)"' xor.html && grep -q '"activation": "relu"' digits.html
}
explain_pages &
explained=$!
trap 'kill $explained 2>/dev/null || true' EXIT

# Reports: images, dying units, two inputs, three classes, a curve, a failed run, two targets, names that want to be more than
# text. The first three are read at every size, in light and in dark (HINGE_PAGES_AT_EVERY_SIZE).
pages=()
report() {
  local name=$1
  shift
  "$hinge" train "$@" --out "$name" --quiet >out 2>&1 || grep -q '^error: training stopped' out
  pages+=("$PWD/$name/report.html" "$name/summary.json")
}
report digits "$configs/digits.json"
report spirals "$configs/spirals.json" --set train.epochs=400
report failed "$configs/iris.json" --set optimizer.learning_rate=1e30
report moons "$configs/spirals.json" --set data.type=moons --set train.epochs=100
report dying_relu "$configs/dying_relu.json"
report iris "$configs/iris.json"
report sine "$configs/sine.json"
report digits_residual "$configs/digits_residual.json" --set train.epochs=3
mnist=$configs/../../shared/data/mnist
if [[ -d $mnist ]]; then report mnist "$configs/mnist.json" --set data.path="$mnist" --set train.epochs=2; fi
{
  echo 'a,b,sum,product'
  for i in $(seq 60); do echo "$((i % 9)),$((i * 7 % 11)),$((i % 9 + i * 7 % 11)),$(((i % 9) * (i * 7 % 11)))"; done
} >two.csv
"$hinge" init two.csv --target sum --target product --out two.json >/dev/null
report two_targets two.json --set train.epochs=20
hostile='</script><script>alert(1)</script><img src=x onerror=alert(2)>'
{
  printf '%s,b,class\n' "$hostile"
  for i in $(seq 40); do printf '%d,%d,"%s %d"\n' "$i" "$((i * i % 7))" "$hostile" "$((i % 3))"; done
} >table.csv
cat >hostile.json <<'TABLE'
{"data": {"type": "csv", "path": "table.csv", "target": "class"}, "loss": "softmax_cross_entropy", "train": {"epochs": 9},
 "model": {"layers": [{"type": "dense", "units": 4, "activation": "relu"}, {"type": "dense", "units": 3}]}}
TABLE
report hostile hostile.json

# Comparisons: two runs of which one was diagnosed, studies, names that want to be more than text.
compare() {
  local name=comparison_$((${#pages[@]} / 2))
  "$hinge" compare "$@" --json -o "$name.html" >"$name.json" 2>out
  pages+=("$PWD/$name.html" "$name.json")
}
train() { "$hinge" train "$@" --quiet >out 2>&1; }
train "$configs/digits.json" --set optimizer.learning_rate=1 --out fast
"$hinge" diagnose fast --quiet >out
compare digits fast
train "$configs/spirals.json" --set train.epochs=60 --seeds 1..20 --out study
train "$configs/spirals.json" --set train.epochs=60 --set "model.layers[0].activation=tanh" --seeds 1..4 --out tanh
compare study tanh
compare study
cp -r hostile "$PWD/<img src=x onerror=alert(3)>"
compare hostile '<img src=x onerror=alert(3)>'
node "$here/report_reader.mjs" "$node_folder" "$chromium" "${HINGE_PAGES_AT_EVERY_SIZE:-3}" "${pages[@]}"
wait $explained
