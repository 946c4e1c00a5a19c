#!/usr/bin/env bash
# What the command does with Hinge's parts, it does with those of an application: an activation and an optimiser of its
# own are trained from JSON, saved, loaded, explained, checked, drawn and recycled.
#
#   own_parts_test.sh HINGE SCRATCH     (HINGE is built with own_parts/parts.cpp)
set -euo pipefail
hinge=$1
rm -rf "$2"
mkdir -p "$2"
cd "$2"

fail() {
  echo "FAILED: $*"
  cat out err 2>/dev/null || true
  exit 1
}
run() { "$hinge" "$@" >out 2>err || fail "hinge $*"; }
has() { grep -qF -- "$1" out || fail "not there: $1"; }

# Biases of −1: some units are dead on all samples at the start, so that there is something to recycle.
cat >own.json <<'JSON'
{
  "data": {"type": "moons", "samples": 200},
  "model": {
    "layers": [
      {"type": "dense", "units": 12, "activation": {"type": "squared_relu", "scale": 0.5},
       "bias_init": {"type": "constant", "value": -1}},
      {"type": "dense", "units": 1}
    ]
  },
  "loss": "bce_with_logits",
  "optimizer": {"type": "heavy_ball", "friction": 0.75},
  "train": {"epochs": 20, "batch_size": 20, "seed": 1},
  "health": {"recycle": {"every": 2}}
}
JSON

run train own.json --out unwatched --set health.recycle.every=0
grep -q '^epoch 20/20 .*dead 50 %$' err || fail "no unit is dead"
run train own.json --out trained
grep -q '^epoch 20/20 .*dead 0 %$' err || fail "no unit was recycled"
printf 'x,y\n0.5,0.25\n' >point.csv
run predict trained point.csv
run inspect trained
has 'squared_relu(scale=0.5)'
run gradcheck own.json --samples 5
has 'all gradients agree with their differences'

# v = 0.75·v + g is not shown as a formula, since the optimiser has not said it, but every number is.
small=(own.json --set 'model.layers[0].units=2' --set 'model.layers[0].bias_init=zeros' --steps 2)
run explain "${small[@]}"
has 'squared_relu('
has 'UPDATE  heavy_ball, learning rate 0.1'
grep -qE '^ +memory 1 = .* was 0$' out || fail "the state of the first step"
grep -qE '^ +w1 = .* was ' out || fail "the value"
run explain "${small[@]}" --markdown
has '\operatorname{squared\_relu}('
run explain "${small[@]}" --json
has '"activation": "squared_relu(scale=0.5)"'
has '"memory 1"'
run explain "${small[@]}" --html page.html
grep -qF '"memory 1"' page.html || fail "the page"
run explain trained --steps 2

run activations
has 'squared_relu *'
run activations squared_relu:scale=2
has 'scale max(z, 0)²'
run plot squared_relu --range 0:2 --derivative
run schema
has '"squared_relu"'
has '"heavy_ball"'
