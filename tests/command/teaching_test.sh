#!/usr/bin/env bash
# What shows how learning works, as a student meets it: hinge gradcheck, activations and plot.
#
#   teaching_test.sh HINGE CONFIGS SCRATCH …
set -euo pipefail
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
shows() { sed -E 's/ +/ /g; s/^ //' out | grep -qxF -- "$1" || fail "no line: $1"; }
# python: runs the program on stdin, which looks closer, where Python is.
python() { if command -v python3 >/dev/null; then python3 -; else echo "skipped: python3 is not here"; fi; }
# narrow: no line of `out` is wider than a terminal of 80 columns.
narrow() {
  local line LC_ALL=C.UTF-8
  while IFS= read -r line; do
    ((${#line} <= 80)) || fail "more than 80 columns: $line"
  done <out
}

# Every gradient of every config agrees with its difference, and all elements are named by layer.
for config in digits dying_leaky_relu dying_relu iris sine spirals xor reference/digits_dropout; do
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
    assert tensor["checked"] + tensor["at_kinks"] == min(7, tensor["rows"] * tensor["cols"]), tensor
    size = max(abs(tensor["gradient"]), abs(tensor["difference"]))
    assert abs(tensor["gradient"] - tensor["difference"]) <= 1e-6 * size + 1e-12, tensor
PYTHON
# Units that start exactly on their kinks are left out and counted, whatever becomes of the rest.
run gradcheck "$configs/xor.json" --set 'model.layers=[{"type": "dense", "units": 1, "activation": "relu",
  "weight_init": "zeros"}]'
shows 'layers.0.bias 0 1 - - - -'

# Formulas, conventions, and the values that the code computes.
run activations
narrow
shows 'relu * [0, ∞) 0 at 0 max(z, 0)'
shows 'FANN 1 1 0.01 × steepness 0.5'
run activations relu
narrow
for line in '−∞ 0 0' '−4.94066e-324 0 0' '−0 0 0' '0 0 0' '4.94066e-324 4.94066e-324 1' '∞ ∞ 1' 'NaN NaN NaN'; do
  shows "$line"
done
run activations leaky_relu:alpha=0.25,derivative_at_zero=0.5
for line in '−10 −2.5 0.25' '−0 −0 0.5' '0 0 0.5' '1 1 1'; do shows "$line"; done
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
# Each function is two pieces, which meet at the kink; the slope at the kink is a dot.
assert len(list(svg.iter(name + "path"))) == 8 and len(list(svg.iter(name + "circle"))) == 2
source = open("curves.svg").read()
assert "http" not in source.replace("http://www.w3.org/2000/svg", ""), "it must need no network"
PYTHON
run plot tanh --range 0:1 --derivative --out curves.csv
[[ $(head -n 1 curves.csv) == 'z,tanh,tanh slope' && $(sed -n 2p curves.csv) == 0,0,1 ]] || fail "$(head -n 3 curves.csv)"
[[ $(tail -n 1 curves.csv) =~ ^1,0\.76159415595576[0-9]*,0\.41997434161402[0-9]*$ ]] || fail "$(tail -n 1 curves.csv)"
run plot hard_sigmoid --range -4:4
shows '-3 0'
shows '3 1'
