#!/usr/bin/env bash
# What shows how learning works, as a student meets it: hinge gradcheck, activations and plot.
#
#   teaching_test.sh HINGE CONFIGS SCRATCH …
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hinge=$1
configs=$2
rm -rf "$3"
mkdir -p "$3"
cd "$3"

fail() {
  echo "FAILED: $*"
  cat out 2>/dev/null || true
  exit 1
}
# run ARGUMENT…: must succeed, without a word on stderr; its output is in `out`.
run() {
  "$hinge" "$@" >out 2>err || fail "hinge $*: exit code $?: $(cat err)"
  [[ ! -s err ]] || fail "hinge $*: on stderr: $(cat err)"
}
# shows LINE: `out` has that line, blanks at its ends and their number aside.
shows() { sed -E 's/ +/ /g; s/^ //' out | grep -xF -- "$1" >/dev/null || fail "no line: $1"; }
# python: runs the program on stdin, which looks closer, where Python is.
python() { if command -v python3 >/dev/null; then python3 -; else echo "skipped: python3 is not here"; fi; }
# narrow: no line of `out` but the first, which has a path in it, is wider than a terminal of 80 columns.
narrow() {
  local line LC_ALL=C.UTF-8
  while IFS= read -r line; do
    ((${#line} <= 80)) || fail "more than 80 columns: $line"
  done < <(tail -n +2 out)
}

# Every gradient of every config agrees with its difference, and all elements are named by layer.
for config in digits dying_leaky_relu dying_relu iris sine spirals xor reference/digits_dropout ../docs/lessons/deep_sigmoid; do
  run gradcheck "$configs/$config.json" --samples 3 --elements 40
  grep -q '^all gradients agree with their differences' out || fail "$config"
  grep -qE '^layers\.0\.weight +(40/)?[0-9]+ ' out || fail "$config: no first layer"
  narrow
done
run gradcheck "$configs/digits.json" --samples 1 --elements all
grep -qE '^layers\.0\.weight +4096 +0 ' out || fail "not all elements"
run gradcheck "$configs/digits.json" --samples 1 --elements 7 --json
python <<'PYTHON' || fail "gradcheck --json"
import json
result = json.load(open("out"))
assert result["agrees"] is True and 0 < result["largest_error"] < 1e-6
names = [tensor["name"] for tensor in result["tensors"]]
assert names == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "input"], names
for tensor in result["tensors"]:
    assert tensor["checked"] + tensor["skipped"] == min(7, tensor["rows"] * tensor["cols"]), tensor
    size = max(abs(tensor["gradient"]), abs(tensor["difference"]))
    assert abs(tensor["gradient"] - tensor["difference"]) <= 1e-6 * size + 1e-12, tensor
PYTHON
# Units that start exactly on their kinks are left out and counted, whatever becomes of the rest.
run gradcheck "$configs/xor.json" --set 'model.layers=[{"type": "dense", "units": 1, "activation": "relu",
  "weight_init": "zeros"}]'
shows 'layers.0.bias 0 1 - - - -'
grep -q '^all gradients that could be compared agree' out || fail "a tensor of which nothing was compared"
# Names of blocks in blocks stand above their figures, so that no line is too wide for a terminal.
run gradcheck "$configs/iris.json" --set 'model.layers=[{"type": "residual", "layers": [{"type": "residual", "layers":
  [{"type": "dense", "units": 3000}]}, {"type": "dense", "units": 3}]}]'
narrow
grep -A1 -x 'layers.0.layers.0.layers.0.weight' out | grep -qE '^ +500/12000 ' || fail "a long name, then its figures"
grep -qE '^input +32 ' out || fail "a short name"

# Formulas, conventions, and the values that the code computes.
run activations
narrow
shows 'relu * [0, ∞) 0 at 0 max(z, 0)'
shows 'FANN steepness, 0.5 steepness, 0.5 0.01 × steepness, 0.005'
run activations relu
narrow
for line in '−∞ 0 0' '−4.94066e-324 0 0' '−0 0 0' '0 0 0' '4.94066e-324 4.94066e-324 1' '∞ ∞ 1' 'NaN NaN NaN'; do
  shows "$line"
done
run activations leaky_relu:alpha=0.25,derivative_at_zero=0.5
for line in '−10 −2.5 0.25' '−0 −0 0.5' '0 0 0.5' '1 1 1'; do shows "$line"; done
! grep -q 'α = 0.01' out || fail "a default stands beside other options"
run activations gelu:approximate=tanh
shows 'name gelu(approximate=tanh)'
for name in $("$hinge" activations --json | sed -nE 's/^ +"name": "(.*)",$/\1/p'); do
  run activations "$name"
  narrow
  run activations "$name" --json
  grep -qx '      "value": "nan",' out || fail "$name: NaN must stay NaN"
done

# A table on stdout; the drawing and its numbers in files.
run plot relu leaky_relu --alpha 0.1 --range -2:2 --derivative --out curves.svg
shows 'z relu slope leaky_relu α = 0.1 slope'
for line in '-2 0 0 -0.2 0.1' '0 0 0 0 1' '2 2 1 2 1'; do shows "$line"; done
python <<'PYTHON' || fail "the drawing"
import xml.etree.ElementTree as tree
svg = tree.parse("curves.svg").getroot()
name = "{http://www.w3.org/2000/svg}"
texts = [text.text for text in svg.iter(name + "text")]
assert texts.count("relu") == 2 and texts.count("leaky_relu α = 0.1") == 2, texts
assert {"φ(z)", "φ′(z)", "−2", "−1", "0", "1", "2"} <= set(texts), texts
# The values are a path each; so are the slopes, of two pieces, and the dots that mark them at the kink.
pieces = [path.get("d").count("M") for path in svg.iter(name + "path")]
assert pieces == [1, 1, 2, 1, 2, 1], pieces
source = open("curves.svg").read()
assert "http" not in source.replace("http://www.w3.org/2000/svg", ""), "it must need no network"
PYTHON
run plot tanh --range 0:1 --derivative --out curves.csv
[[ $(head -n 1 curves.csv) == 'z,tanh,tanh slope' && $(sed -n 2p curves.csv) == 0,0,1 ]] || fail "$(head -n 3 curves.csv)"
[[ $(tail -n 1 curves.csv) =~ ^1,0\.76159415595576[0-9]*,0\.41997434161402[0-9]*$ ]] || fail "$(tail -n 1 curves.csv)"
run plot hard_sigmoid --range -4:4
shows '-3 0'
shows '3 1'

# Mazur's network, in print: every line that the books have.
run explain "$configs/mazur.json" --digits 12
narrow
for line in 'unit 1 z = 0.15·0.05 + 0.2·0.1 + 0.35 = 0.3775' 'a = sigmoid(0.3775) = 0.593269992107' \
  'L = l = 0.29837110876 in float: 0.2983711' \
  'δ = ∂L/∂a·φ′(z) = 0.741365069552·0.186815601809 = 0.138498561629' \
  'unit 1 ∂L/∂a = 0.4·0.138498561629 + 0.5·(−0.0380982365166) = 0.0363503063931' \
  'unit 1 w1 = 0.15 − 0.5·0.000438567734474 = 0.149780716133' \
  'unit 1 w1 = 0.4 − 0.5·0.0821670405642 = 0.358916479718' 'L = 0.280471446791 it was 0.29837110876'; do
  shows "$line"
done
[[ $(grep -c ' difference .* ok$' out || true) == 12 && $(grep -c DIFFERS out || true) == 0 ]] || fail "twelve differences agree"
biases=(--set 'model.layers[0].train_bias=false' --set 'model.layers[1].train_bias=false')
run explain "$configs/mazur.json" --digits 12 "${biases[@]}"
shows 'L = 0.291027773694 it was 0.29837110876'
shows 'b = 0.35 not trained'
run explain "$configs/mazur.json" --json "${biases[@]}" --steps 2
python <<'PYTHON' || fail "explain --json"
import json
result = json.load(open("out"))
first, second = result["steps"]
assert abs(first["loss"] - 0.298371108760) < 5e-13 and abs(first["loss_after"] - 0.291027773694) < 5e-13
assert second["loss"] == first["loss_after"] and first["loss_in_float"] == 0.2983711
weights = [layer["parameters"][0] for layer in first["layers"]]
assert abs(weights[0]["after"][0][0] - 0.149780716133) < 5e-13 and abs(weights[1]["after"][0][0] - 0.358916479718) < 5e-13
for weight in weights:
    for gradients, differences in zip(weight["gradient"], weight["difference"]):
        for gradient, difference in zip(gradients, differences):
            assert abs(gradient - difference) < 1e-10
assert "gradient" not in first["layers"][0]["parameters"][1]
PYTHON

# The neuron of the CS231n notes, whose gradients are those of f: here times ∂L/∂f.
run explain "$configs/../docs/lessons/neuron.json" --json
python <<'PYTHON' || fail "the neuron of CS231n"
import json
layer = json.load(open("out"))["steps"][0]["layers"][0]
upstream = layer["upstream"][0][0]
weight, bias = layer["parameters"]
of_f = [gradient / upstream for gradient in weight["gradient"][0] + bias["gradient"][0]]
of_x = [layer["delta"][0][0] / upstream * w for w in weight["before"][0]]
for value, published in zip(of_f + of_x, [-0.196611933, -0.393223866, 0.196611933, 0.393223866, -0.589835799]):
    assert abs(value - published) < 1e-9, (value, published)  # published with nine decimals, cut
PYTHON
run explain "$configs/../docs/lessons/neuron.json"
shows 'δ = ∂L/∂z
δ = ∂L/∂a·φ′(z) = −0.268941421·0.196611933 = −0.0528770928'

# Schiendorfer's network, whose loss is the sum of squares: twice the half of it, so the same sample twice.
printf 'x1,x2,t1,t2\n3,1,1,0\n3,1,1,0\n' >twice.csv
cat >schiendorfer.json <<'JSON'
{
  "data": {"type": "csv", "path": "twice.csv", "targets": ["t1", "t2"]},
  "model": {"layers": [
    {"type": "dense", "units": 2, "activation": "sigmoid", "bias": false,
     "weight_init": {"type": "given", "values": [6, -2, -3, 5]}},
    {"type": "dense", "units": 2, "activation": "sigmoid", "bias": false,
     "weight_init": {"type": "given", "values": [1, 0.25, -2, 2]}}]},
  "loss": "half_squared_sum"
}
JSON
run explain schiendorfer.json --batch 2 --digits 12
shows 'L = 1·0.0434960413 + 1·0.0434960413 = 0.0869920825999'
run explain schiendorfer.json --batch 2 --json
python <<'PYTHON' || fail "Schiendorfer's network"
import json
step = json.load(open("out"))["steps"][0]
assert abs(step["loss"] - 0.08699208259994781) < 1e-15
gradient = step["layers"][0]["parameters"][0]["gradient"]
assert abs(gradient[1][0] - 0.0014201436720081408) < 1e-15 and abs(gradient[1][1] - 0.0004733812240027136) < 1e-15
assert max(map(abs, gradient[0])) < 6e-8
PYTHON

# Other losses, optimisers and layers, batches and large networks: elided, narrow, and right.
run explain "$configs/xor.json" --batch 4 --steps 2 --digits 4
narrow
shows 'STEP 2'
grep -q '^ *l = −log(1 − p) = −log(0.5) = 0.6931 *sample 1$' out || fail "the loss of a class"
run explain "$configs/xor.json" --set optimizer=adam --set optimizer.learning_rate=0.1 --sample 2 --digits 5
grep -q 's = 0.999·0 + 0.001·' out || fail "Adam's memory"
grep -qE 'w2 = .* − 0.1·.*/\(√.* \+ 1e-08\) = ' out || fail "Adam's step"
run explain "$configs/digits.json" --digits 4
narrow
for line in '… 56 more units; --layer 1 --unit N shows one' '… 60 more weights' '… 2 more outputs'; do shows "$line"; done
(($(wc -l <out) < 400)) || fail "a large network is elided"
grep -q 'z < 0: off, passes no gradient' out || fail "a ReLU that is off says so"
grep -qE 'δ = p − y = [0-9.]+ − 1 = −' out || fail "softmax and cross-entropy are p − y"
run explain "$configs/digits.json" --layer 1 --unit 7 --digits 4
[[ $(grep -c 'difference .* ok$' out || true) == 65 ]] || fail "one unit, with all of its weights"
run explain "$configs/reference/digits_dropout.json" --digits 4
narrow
! grep -q DIFFERS out || fail "with the units dropped that were dropped"

# Every loss and every optimiser, its numbers in its equation. Mazur's outputs are 0.751365 and 0.772928, the targets 0.01 and
# 0.99; w1 of layer 2 is 0.4, its gradient 0.0821670.
mazur() { run explain "$configs/mazur.json" --digits 6 "$@" && narrow; }
while IFS=';' read -r loss equation slope; do
  mazur --set loss="$loss"
  shows "$equation"
  grep -qF "unit 1  ∂L/∂a = $slope" out || fail "no slope $slope"
done <<'ROWS'
mse;l = 0.5·(0.751365 − 0.01)² + 0.5·(0.772928 − 0.99)² = 0.298371;o − y = 0.751365 − 0.01 = 0.741365
mae;l = 0.5·|0.751365 − 0.01| + 0.5·|0.772928 − 0.99| = 0.479218;0.5·sign(0.751365 − 0.01) = 0.5
huber;l = 0.25·(0.751365 − 0.01)² + 0.25·(0.772928 − 0.99)² = 0.149186;0.5·(o − y) = 0.5·(0.751365 − 0.01) = 0.370683
{"type": "huber", "delta": 0.5};l = 0.25·(|0.751365 − 0.01| − 0.25) + 0.25·(0.772928 − 0.99)² =;0.25·sign(0.751365 − 0.01) = 0.25
ROWS
while IFS='|' read -r optimizer equation; do
  mazur --set optimizer="$optimizer" --steps 2 --layer 2 --unit 1
  shows "$equation"
done <<'ROWS'
{"type": "sgd", "learning_rate": 0.5, "weight_decay": 0.1, "l1": 0.01}|unit 1 g = 0.0845479 + 0.1·0.333916 + 0.01·sign(0.333916) = 0.12794
{"type": "sgd", "learning_rate": 0.5, "momentum": 0.9, "nesterov": true}|w1 = 0.321941 − 0.5·(0.0853768 + 0.9·0.159327) = 0.207556
{"type": "sgd", "learning_rate": 0.5, "momentum": 0.9, "dampening": 0.5}|unit 1 v = 0.9·0.082167 + 0.5·0.0841621 = 0.116031
{"type": "adam", "learning_rate": 0.1, "amsgrad": true}|w1 = 0.3 − 0.1·0.0819346/(√0.00671522 + 1e-08) = 0.200014
{"type": "adamw", "learning_rate": 0.1}|w1 = 0.2996 − 0.1·(0.01·0.2996) − 0.1·0.0819364/(√0.0067155 + 1e-08) =
{"type": "rmsprop", "learning_rate": 0.1}|w1 = −0.599999 − 0.1·0.0210562/(√7.12727e-05 + 1e-08) = −0.849411
{"type": "rmsprop", "centered": true, "momentum": 0.5}|v = 0.5·10.0504 + 0.0817154/(√(0.000133613 − 0.00163061²) + 1e-08) =
{"type": "adagrad"}|w1 = 0.39 − 0.01·0.0822665/(√0.0135192 + 1e-10) = 0.382925
{"type": "rprop"}|length = min(0.01·1.2, 50) = 0.012
ROWS
# Clipping: each element, then the whole to a length: 0.0821670 and 0.0826676 are cut to 0.05.
mazur --set train.clip_value=0.05 --layer 2 --unit 1
shows 'unit 1 g = min(0.05, 0.082167) = 0.05 ∂L/∂w1 after clipping'
mazur --set train.clip_value=0.05 --set train.clip_norm=0.1 --layer 2 --unit 2
grep -qE '^  unit 2  g = 0\.99[0-9]+·\(−0\.0226025\) = −0\.022[0-9]+   ∂L/∂w1 after clipping$' out || fail "a factor"
mazur --set train.clip_value=0.01 --layer 2 --unit 2
shows 'unit 2 g = max(−0.01, −0.0226025) = −0.01 ∂L/∂w1 after clipping'
# No accent of LaTeX stands on another: a power of ten has its parentheses before it is squared.
for optimizer in adam '{"type": "rmsprop", "centered": true}'; do
  run explain "$configs/../docs/lessons/deep_sigmoid.json" --set optimizer="$optimizer" --markdown
  ! grep -E '\^\{[^}]*\}\^|√' out || fail "two exponents, or a root that is no LaTeX"
  grep -q '10^{-[0-9]*})^2' out && grep -q '\\sqrt{[0-9(]' out || fail "squares and roots"
done
# Every printed equation is true, for all losses, optimisers and activations: 17 digits are a double.
equations=0
true_equations() {
  run explain "$@" --digits 17 --steps 2 --batch 3
  command -v python3 >/dev/null || return 0
  local count
  count=$(python3 "$here/equations.py" "$*" <out) || fail "an equation"
  equations=$((equations + count))
}
for loss in mse half_squared_sum half_squared_mean mae '{"type": "huber", "delta": 0.3}'; do
  true_equations "$configs/sine.json" --set loss="$loss"
done
true_equations "$configs/xor.json" --set model.layers[1].units=2 \
  --set loss='{"type": "softmax_cross_entropy", "label_smoothing": 0.1, "class_weights": [1, 2]}'
true_equations "$configs/xor.json" --set loss.pos_weight='[3]'
true_equations "$configs/xor.json" --set loss=poisson
true_equations "$configs/sine.json" --set loss='{"type": "quantile", "tau": [0.1, 0.75]}' --set model.layers[1].units=2
true_equations "$configs/iris.json" --set loss='{"type": "multiclass_hinge", "class_weights": [1, 2, 0.5]}'
for optimizer in sgd '{"type": "sgd", "momentum": 0.9, "nesterov": true, "l1": 0.01}' \
  '{"type": "sgd", "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1, "decay_biases": true}' adam \
  '{"type": "adam", "amsgrad": true, "weight_decay": 0.1}' '{"type": "adamw", "l1": 0.1}' rmsprop \
  '{"type": "rmsprop", "centered": true, "momentum": 0.5}' '{"type": "adagrad", "initial_accumulator": 0.1}' rprop; do
  true_equations "$configs/iris.json" --set optimizer="$optimizer" --set train.clip_value=0.05
done
for activation in $("$hinge" activations --json | sed -nE 's/^ +"name": "(.*)",$/\1/p'); do
  true_equations "$configs/iris.json" --set "model.layers[0].activation=$activation"
done
true_equations "$configs/iris.json" --set 'model.layers=[{"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 5,
  "activation": {"type": "prelu", "per_unit": true}}, {"type": "dropout"}, {"type": "activation", "activation": "tanh"},
  {"type": "dense", "units": 3}]'
true_equations "$configs/iris.json" --set train.clip_value=0.05 --set train.clip_norm=0.1
# In ASCII, equations are expressions of Python as they stand.
for optimizer in sgd adam '{"type": "rmsprop", "centered": true}'; do
  true_equations "$configs/sine.json" --set loss=mae --set optimizer="$optimizer" --ascii
  ! LC_ALL=C grep -n '[^ -~]' out || fail "not ASCII"
done
run explain "$configs/iris.json" --set 'model.layers[0].activation=softsign' --ascii --batch 2 --digits 4
! LC_ALL=C grep -n '[^ -~]' out || fail "not ASCII"
grep -qE '^ +phi.\(z\) = 1/\(1 \+ abs\(z\)\)\*\*2 = 1/\(1 \+ [0-9.]+\)\*\*2 = 0' out || fail "a slope in ASCII"
grep -q 'dL/dw1 = sum delta\*x1 = ' out || fail "a sum over samples in ASCII"
grep -q '^layer 1  dense, 4 -> 16, softsign$' out || fail "a title in ASCII"
# A slope that is no constant is worked out; a probability near 1 keeps what its logarithm needs.
mazur
shows 'φ′(z) = a(1 − a) = 0.59327·0.40673 = 0.241301'
run explain "$configs/xor.json" --set 'model.layers[1].bias_init={"type": "constant", "value": 10}' --sample 2 --digits 4
shows 'l = −log(p) = −log(1 − 4.8e-05) = 4.8e-05'
run explain "$configs/iris.json" --digits 4 --set 'model.layers[0].activation={"type": "leaky_relu", "alpha": 0.25}'
grep -q '^layer 1  dense, 4 → 16, leaky_relu(alpha=0.25)$' out || fail "options at their defaults"
run explain "$configs/iris.json" --json
grep -q '"activation": "relu(derivative_at_zero=0)"' out || fail "--json has all options"
# Blocks in blocks: layers count in the order of computation, and gradients follow both ways through a sum.
dense='{"type": "dense", "units": 3, "activation": "tanh"}'
inner='{"type": "residual", "layers": [{"type": "dense", "units": 3}, {"type": "dropout", "rate": 0.2}]}'
true_equations "$configs/iris.json" --set "model.layers=[$dense, {\"type\": \"residual\", \"layers\": [$dense, $inner, $dense]},
  {\"type\": \"residual\", \"layers\": [{\"type\": \"dense\", \"units\": 4}]}, {\"type\": \"dense\", \"units\": 3}]"
for line in 'layer 5  residual (layers.1.layers.1), 3 → 3' 'layer 7  residual, 3 → 3' 'a = f(x) + P·x = ' \
  '∂L/∂a = ∂L/∂x of layer 3 + ∂L/∂a of layer 5 = ' '∂L/∂a = ∂L/∂f of layer 7 = '; do
  grep -qF "$line" out || fail "no $line"
done
# The softmax of outputs whose exponentials no double holds.
true_equations "$configs/iris.json" --set 'model.layers[1].bias_init={"type": "constant", "value": 900}'
grep -qE 'softmax\(o\)_1 = exp\(−?[0-9.]+\)/\(exp' out || fail "a softmax of large outputs"
((equations == 0 || equations > 10000)) || fail "only $equations equations"

# Class weights and smoothing move the targets and the factors; a sample that weighs nothing has no part.
run explain "$configs/digits.json" --digits 4 --set loss.label_smoothing=0.1
narrow
grep -qE 'δ = p − y = 0\.[0-9]+ − 0\.91 = −' out || fail "a smoothed target"
run explain "$configs/xor.json" --set loss.pos_weight='[3]' --sample 2 --digits 4
shows 'l = −3·log(0.4861) = 2.164'
run explain "$configs/iris.json" --set loss.class_weights='[0, 1, 1]' --digits 4
shows 'weighs nothing: no part of L'
grep -q 'no step: the samples weigh nothing$' out || fail "nothing moves"
! grep -qE 'DIFFERS|nan|NaN' out || fail "class weights of 0"
# A probability that rounds to 1 still has a logarithm.
run explain "$configs/xor.json" --set 'model.layers[1].bias_init={"type": "constant", "value": 40}' --digits 4
grep -qE '^ +l = −log\(1 − p\) = −log\(4\.248e-18\) = 40$' out || fail "log(1 − p) of p near 1"
# Dropped units, and what an activation has learned.
run explain "$configs/reference/digits_dropout.json" --digits 4
grep -qE '^ +(unit [0-9]+ +)?a = [0-9.]+·1\.429 = [0-9.]+ +kept$' out || fail "a unit that is kept"
grep -qE '^ +(unit [0-9]+ +)?a = [0-9.]+·0 = 0 +dropped$' out || fail "a unit that is dropped"
run explain "$configs/mazur.json" --set 'model.layers[0].activation={"type": "prelu", "alpha": 0.125}' \
  --set 'model.layers[0].bias_init={"type": "constant", "value": -1}' --steps 2 --digits 5
shows 'unit 1 z = 0.15·0.05 + 0.2·0.1 − 1 = −0.9725'
shows 'a = prelu(−0.9725) = −0.12156 α = 0.125'
grep -A1 '^  all units ∂L/∂α = 0.013348·(−0.9725) + 0.016122·(−0.9575) = −0.028418$' out | grep -q 'difference −0.028418 ok$' || fail "the gradient of a shared α"
alpha=$(sed -nE 's/^  all units α = 0\.125 − .* = ([0-9.]+)$/\1/p' out)
grep -qE "= prelu\(.* α = $alpha\$" out || fail "the α of the second step"
# Where single precision overflows the steps go on; where double does, those before it are shown.
run explain "$configs/sine.json" --set optimizer.learning_rate=1e30 --steps 3 --digits 4
grep -q 'overflows in float$' out || fail "overflow in float"
code=0
"$hinge" explain "$configs/sine.json" --set optimizer.learning_rate=1e30 --steps 9 >out 2>err || code=$?
((code == 1)) && grep -q '^STEP 5$' out && grep -q 'training stopped at step 6' err || fail "code $code: $(cat err)"
code=0
"$hinge" explain "$configs/sine.json" --set optimizer.learning_rate=1e30 --steps 9 --json >out 2>err || code=$?
((code == 1)) && [[ $(grep -c '"loss_in_float"' out) == 5 ]] || fail "code $code: $(cat err)"
# A name is a name in Markdown too.
mkdir data
cp "$configs/data/mazur.csv" data
cp "$configs/mazur.json" '_a_*b*.json'
run explain '_a_*b*.json' --markdown
[[ $(head -n 1 out) == '# \_a\_\*b\*.json, sample 1 of the training part' ]] || fail "a name in Markdown"
run explain "$configs/mazur.json" --set optimizer=adam --digits 17
narrow
run explain "$configs/mazur.json" --markdown
grep -qxF '  - $a = \operatorname{sigmoid}(0.3775) = 0.593269992$' out || fail "Markdown"
grep -qF '$\partial L/\partial w_{1} = \delta \cdot x_{1} = ' out || fail "LaTeX"

run explain "$configs/xor.json" --set model.layers[1].units=2 --set loss=softmax_cross_entropy --markdown
grep -qF '$p_{1} = \operatorname{softmax}(o)_{1} = ' out || fail "an index behind a function"

# The weights of a run, as they were trained.
"$hinge" train "$configs/xor.json" --out trained --quiet >out
"$hinge" explain trained --json >out 2>err || fail "$(cat err)"
grep -q '^note: the weights are the trained ones; optimiser and learning rate start anew$' err || fail "$(cat err)"
python <<'PYTHON' || fail "a trained network"
import json
assert json.load(open("out"))["steps"][0]["loss"] < 0.05
PYTHON
"$hinge" explain trained/model.safetensors --digits 5 >out 2>err || fail "$(cat err)"
run gradcheck trained --json
cp out of_run
run gradcheck trained/model.safetensors --json
cmp -s out of_run || fail "a run's model is not the run's"
run gradcheck "$configs/xor.json" --json
! cmp -s out of_run || fail "gradcheck of a run starts untrained"
for command in explain gradcheck; do
  code=0
  "$hinge" $command trained --set model.layers[0].activation=softsign >out 2>err || code=$?
  ((code == 2)) && grep -q 'other layers than the config beside it, as --set changes it' err || fail "code $code: $(cat err)"
done
"$hinge" explain "$configs/xor.json" --set train.accumulate=2 >out 2>err
grep -q '^note: train.accumulate is left aside' err || fail "$(cat err)"
run explain "$configs/mazur.json" --json --layer 2 --unit 1
python <<'PYTHON' || fail "which unit it is"
import json
result = json.load(open("out"))
assert (result["layer"], result["unit"]) == (2, 1)
PYTHON
# Sigmoids have two limits, and are at one of them whatever its value is.
for value in -900 900; do
  run explain "$configs/mazur.json" --set 'model.layers[0].bias_init={"type": "constant", "value": '$value'}'
  grep -q 'saturated: slope 0, passes no gradient' out && ! grep -q ' off,' out || fail "sigmoid at $value"
done
run explain "$configs/iris.json" --set 'model.layers[0].activation=hard_tanh' --set 'model.layers[0].weight_init={"type": "constant", "value": 9}'
grep -q 'saturated: slope 0, passes no gradient' out || fail "what is at its limit is not off"
run explain "$configs/mazur.json" --set model.layers[1].train_weight=false
for line in 'unit 1 w1 = 0.4 not trained' 'w2 = 0.45 not trained'; do shows "$line"; done
run explain "$configs/mazur.json" --html page.html
grep -q '<title>' page.html && ! grep -oE '(src|href)=|https?://[^"]*' page.html | grep -v w3.org/2000/svg || fail "the page needs something from elsewhere"
