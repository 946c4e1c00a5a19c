#!/usr/bin/env bash
# Wrong command lines, configs, tables and models: each must end with exit code 2, say where and what on stderr, print
# nothing on stdout, and leave no file behind.
#
#   refusals_test.sh HINGE CONFIGS SCRATCH …
set -euo pipefail
hinge=$1
configs=$2
rm -rf "$3"
mkdir -p "$3"
cd "$3"
failed=0
rows=0

# refused MESSAGE ARGUMENT…: the run must be refused with that message, a fixed text.
refused() {
  local message=$1 status=0 before after
  shift
  before=$(find . -type f ! -name stdout ! -name stderr | sort)
  timeout 10 "$hinge" "$@" >stdout 2>stderr </dev/null || status=$?
  after=$(find . -type f ! -name stdout ! -name stderr | sort)
  rows=$((rows + 1))
  if [[ $status != 2 || -s stdout || $before != "$after" ]] || ! grep -qF -- "$message" stderr; then
    printf 'hinge %s\n  exit code %s, wanted 2 and: %s\n  stderr: %s\n  stdout: %s\n  new files: %s\n' \
      "$*" "$status" "$message" "$(head -c 500 stderr)" "$(head -c 200 stdout)" "$(comm -13 <(echo "$before") <(echo "$after"))"
    failed=1
  fi
}

# config MESSAGE TEXT: a config with that text must be refused.
config() {
  printf '%s' "$2" >c.json
  refused "$1" train c.json
  rm c.json
}

# setting MESSAGE PATH=VALUE: so must a good config with that change.
setting() { refused "$1" train "$configs/iris.json" --set "$2"; }

# table MESSAGE TEXT: so must the iris config with that table.
table() {
  printf "$2" >table.csv
  refused "$1" train "$configs/iris.json" --set data.path=table.csv --set model.layers[1].units=2 --set data.target=kind \
    --set 'data.test={}'
  rm table.csv
}

# Command lines.
refused 'unknown command "trian"; did you mean "train"?' trian
refused 'unknown option "--hlep"; did you mean "--help"?' --hlep
refused 'unknown option "--ste"; did you mean "--set"?' train c.json --ste a=1
refused 'config is required' train
refused '--set' train c.json --set
refused 'surplus argument "b.json"' train a.json b.json
refused 'unknown option "--bogus"' check --bogus
refused 'unknown option "--version"' train --version
refused 'unknown option "--set"' predict --set a
refused '--seed: must not be empty' train "$configs/xor.json" --seed ''
refused '--out: must not be empty' train "$configs/xor.json" --out ''
refused 'data: must not be empty' evaluate run ''
refused '--samples 0: wanted a whole number from 1' gradcheck "$configs/xor.json" --samples 0
refused '--elements many: wanted a whole number from 1 to 1000000 or all' gradcheck "$configs/xor.json" --elements many
refused '--sample 2: wanted a whole number from 1 to 1' explain "$configs/mazur.json" --sample 2
refused '--batch 5: wanted a whole number from 1 to 4' explain "$configs/xor.json" --batch 5
refused '--layer 3: wanted a whole number from 1 to 2' explain "$configs/mazur.json" --layer 3
refused '--unit 3: wanted a whole number from 1 to 2' explain "$configs/mazur.json" --layer 1 --unit 3
refused 'say in which layer' explain "$configs/mazur.json" --unit 1
refused '--digits 18: wanted' explain "$configs/mazur.json" --digits 18
refused 'cannot stand beside each other' explain "$configs/mazur.json" --json --markdown
refused 'shows whole layers' explain "$configs/mazur.json" --html page.html --layer 1 --unit 1
refused 'there is no config.json beside the model' explain .
refused 'parameters in 1 step are too many to show; show less with --layer and --unit' explain "$configs/digits.json" --json \
  --set model.layers[0].units=4000
refused 'are too many to show; show less with --layer, or less --steps' explain "$configs/digits.json" --html page.html --steps 100
refused 'show less with --layer and --unit, without --html' explain "$configs/digits.json" --html page.html --layer 1 \
  --set model.layers[0].units=4000
refused 'over 1000 samples and 1 steps take too long; show less with --layer and --unit, or a smaller --batch' explain "$configs/digits.json" \
  --json --batch 1000
mkfifo pipe
refused 'pipe: a device or pipe, not a file' explain "$configs/mazur.json" --html pipe
refused 'no/such/folder' explain "$configs/mazur.json" --html no/such/folder/page.html
refused 'unknown activation "rleu"; did you mean "relu"?' activations rleu
refused 'alhpa: unknown key for leaky_relu; did you mean "alpha"?' activations leaky_relu:alhpa=1
refused 'alpha: found -1, must be > 0' activations leaky_relu:alpha=-1
refused 'leaky_relu:alpha=x: /activation/alpha: found the text "x"' activations leaky_relu:alpha=x
refused 'found true, wanted a number' activations leaky_relu:alpha=true
refused 'the key occurs twice' activations leaky_relu:alpha=1,alpha=2
refused 'leaky_relu is there twice; leave one out' plot leaky_relu leaky_relu:alpha=0.01
refused '--alpha: each of these functions has its own' plot leaky_relu:alpha=0.3 --alpha 0.1
refused 'wanted NAME:OPTION=VALUE' activations leaky_relu:alpha
refused 'approximate' activations gelu:approximate=sinh
refused 'names is required' plot
refused '--range 3: wanted FROM:TO' plot relu --range 3
refused '--range 3:-3: wanted FROM:TO' plot relu --range 3:-3
refused '--alpha: each of these functions has its own or takes none' plot relu tanh --alpha 0.1
refused '--alpha x: wanted a number' plot leaky_relu --alpha x
refused 'ends in .svg or .csv' plot relu --out relu.png
refused 'no/such/folder' plot relu --out no/such/folder/relu.svg
refused 'delimiter: found "x"' evaluate run --delimiter x
refused 'force was given a disallowed flag override' train "$configs/xor.json" --force=2
refused 'resolved was given a disallowed flag override' check "$configs/xor.json" --resolved=7
refused 'required' predict model
refused 'nowhere/health.jsonl: No such file or directory' health nowhere
refused 'nowhere: this run had no alarm' rescue nowhere
refused '--seeds 1: wanted a whole number from 2' rescue nowhere --seeds 1
refused '--epochs 1.5: wanted a whole number from 1' rescue nowhere --epochs 1.5
refused 'none.json: No such file or directory' train none.json
refused 'none.json: No such file or directory' bench none.json
refused 'config is required' bench
refused 'unknown option "--second"; did you mean "--seconds"?' bench "$configs/xor.json" --second 1
refused '--seconds: must not be empty' bench "$configs/xor.json" --seconds ''
for seconds in 0 -1 nan 1e9 two; do
  refused "--seconds $seconds: wanted a number from 0.1 to 3600" bench "$configs/xor.json" --seconds $seconds
done
refused '/train/batch_size: found 0, must be in' bench "$configs/xor.json" --set train.batch_size=0
refused '/model/layers/1/units' bench "$configs/iris.json" --set model.layers[1].units=4
refused 'is a folder; wanted a file' train .
refused '/dev/zero: is a device or a pipe' check /dev/zero
refused 'config: must not be empty' train ''
refused '--set train.epochs: no value' train "$configs/iris.json" --set train.epochs
refused '--set a..b: not a path' train "$configs/iris.json" --set a..b=1
refused '[7] is past its end' train "$configs/iris.json" --set 'model.layers[7].units=3'
refused '--set train.seed: /train/seed: found the number -1' train "$configs/iris.json" --seed -1
refused '--set train.seed: /train/seed: found the text "x"' train "$configs/iris.json" --seed x
mkdir full && touch full/file
refused 'full is not empty, and a run never overwrites another' train "$configs/iris.json" --out full
refused 'is a file; wanted a folder' train "$configs/iris.json" --out full/file
refused 'folder: must not be empty' init ''
refused '/dev/null: Not a directory' init /dev/null
ln -s nowhere dangling
ln -s loop loop
for out in /proc/x full/file/x "$(printf 'a%.0s' {1..300})" dangling loop; do
  refused 'error: ' train "$configs/xor.json" --out "$out"
done
touch runs
refused 'runs: Not a directory' train "$configs/xor.json"
rm runs
cp "$configs/xor.json" full/config.json
refused 'full/config.json would be replaced by the config of its own run' train full/config.json --out full --force
truncate -s 3G huge
refused 'holds more than 16777216 bytes' train huge
refused 'huge: this is no safetensors file' inspect huge
head -c 50M huge | gzip >bomb
refused 'bomb: holds more than 16777216 bytes when unpacked' check bomb
refused 'bomb: this is no safetensors file' evaluate bomb table.csv
rm huge bomb

# Studies.
study() { refused "$1" train "$configs/iris.json" "${@:2}"; }
for folds in 0 1 -1 five 2.5; do study "--folds $folds: wanted a whole number from 2 on" --folds "$folds"; done
study '/data/test: with 150 samples' --folds 151
study 'use fewer folds' --folds 18446744073709551615
study '--seeds: must not be empty' --seeds ''
study '--folds: must not be empty' --folds ''
study 'found "x"' --seeds 1,x
study 'found "-3..1"' --seeds -3..1
study 'the range falls from 5 to 2; write the smaller seed first' --seeds 5..2
study 'more than 10000 seeds' --seeds 1..10001
study 'the seed 2 occurs twice' --seeds 1..3,2
study '--seeds cannot stand beside --seed;' --seeds 1..3 --seed 4
study '--seeds cannot stand beside --set train.seed;' --seeds 1..3 --set train.seed=4
study '/data/test_path: cannot stand beside test, which takes that part from the other file; leave that part out' \
  --folds 5 --set 'data={"type": "csv", "path": "a.csv", "test_path": "b.csv"}'
refused '/data/test: is not needed: the file has its own test part; leave' train "$configs/cancer1.json" --folds 5
refused '/data/test: cannot stand beside test_images' train "$configs/mnist.json" --folds 5
study 'full is not empty' --folds 5 --out full
for jobs in 0 -1 two 1.5; do study "--jobs $jobs: wanted auto, or a whole number from 1 on" --seeds 1,2 --jobs $jobs; done
study '--jobs: must not be empty' --seeds 1,2 --jobs ''
study '--jobs: there is only one run' --jobs 2

# Configs.
config 'c.json:1:1: the document is empty' ''
config 'c.json:1:2: the document ends here' '{'
config 'two byte order marks' $'\xef\xbb\xbf\xef\xbb\xbf{}'
config 'UTF-16' $'\xff\xfe{'
config 'not UTF-8' $'{"a": "\xff"}'
config 'c.json:1:9: the text is not UTF-8' $'{} // a \xff'
config 'texts and keys stand in double quotes' "{'data': 1}"
config 'a comma before } that nothing follows' '{"data": "xor",}'
config 'a comma before } that nothing follows' $'{"data": "xor", // the last\n}'
config 'there is text after the end' '{} {}'
config 'NaN is no number of JSON' '{"data": NaN}'
config '1e999 cannot be held' '{"data": 1e999}'
config '1e-999 cannot be held' '{"data": 1e-999}'
config 'a number has no leading zeros' '{"data": 007}'
config 'nested deeper than 64' "$(printf '[%.0s' {1..100})"
config 'found a list, wanted an object' '[]'
config 'the key "data" is missing' '{}'
config '/optimiser: unknown key for config; did you mean "optimizer"?' '{"optimiser": 1}'
config 'the key occurs twice; the first is at c.json:1:2' '{"loss": "mse", "loss": "mse"}'
setting '/data: unknown data "cvs"; did you mean "csv"?' data=cvs
setting '/data/paht: unknown key for csv; did you mean "path"?' data.paht=x
setting '/train/epochs: found the number 3.5, wanted a whole number' train.epochs=3.5
setting '/train/epochs: found the number -1, wanted a whole number' train.epochs=-1
setting '/train/epochs: found true, wanted a whole number' train.epochs=true
setting '/train/seed: found the number 18446744073709551616' train.seed=18446744073709551616
setting '--set train.seed:1:1: 1e999 cannot be held' train.seed=1e999
setting '--set optimizer:1:10: found adam; texts and keys stand in double quotes' 'optimizer={"type": adam}'
setting '/train/batch_size: found 0, must be in [1' train.batch_size=0
setting '/train/shuffle: found the number 1, wanted true or false' train.shuffle=1
setting '/optimizer/learning_rate: found 0, must be > 0' optimizer.learning_rate=0
setting '/optimizer/learning_rate: found the text "0,1", wanted a number' optimizer.learning_rate=0,1
setting '/optimizer/momentum: found 1, must be in [0, 1)' optimizer.momentum=1
setting '/optimizer/nesterov: needs momentum > 0' 'optimizer={"type": "sgd", "nesterov": true}'
setting '/optimizer/type: unknown optimizer "SDG"; did you mean "sgd"?' optimizer.type=SDG
setting '/loss: unknown loss "cross_entropy"' loss=cross_entropy
setting '/loss: bce_with_logits is for two classes, but the data has 3' loss=bce_with_logits
setting '/model/layers: found null, wanted a list' model.layers=null
setting '/model/layers: the list is empty' model.layers=[]
setting '/model/layers/0/units: found 0, must be in [1, 1048576]' 'model.layers[0].units=0'
setting '/model/layers/0/units: found 4294967304, must be in' 'model.layers[0].units=4294967304'
setting '/model/layers/1/units: the last layer has 4 outputs, wanted 3' 'model.layers[1].units=4'
setting '/model/layers/0/activation: unknown activation "rleu"; did you mean "relu"?' 'model.layers[0].activation=rleu'
setting '/model/layers/0/activation/alpah: unknown key for leaky_relu; did you mean "alpha"?' \
  'model.layers[0].activation={"type": "leaky_relu", "alpah": 1}'
setting 'more than 2^31 parameters' \
  'model.layers=[{"type": "dense", "units": 1000000}, {"type": "dense", "units": 1000000}]'
setting '/data/test/every: must be 0 or >= 2' data.test.every=1
setting '/data/preprocess: unknown word "normal"' data.preprocess=normal
setting '/data/delimiter: unknown word "x"' data.delimiter=x
setting 'none.csv: No such file or directory' data.path=none.csv

setting '/optimizer/learning_rate: found the number 1e-60, too small for single precision' optimizer.learning_rate=1e-60
setting '/optimizer/learning_rate: found the number 1e-320, too small' optimizer.learning_rate=1e-320
setting '/model/layers/0/activation/alpha: found the number 1e300, too large for single precision' \
  'model.layers[0].activation={"type": "leaky_relu", "alpha": 1e300}'
setting '/data/divisor: found the number 1e-300, too small' 'data={"type": "moons", "preprocess": "divide", "divisor": 1e-300}'
setting '/data/noise: found 1e+300, must be in [0, 1000000]' 'data={"type": "moons", "noise": 1e300}'
setting '/$schema: found the number 5, wanted a text' '$schema=5'
setting 'not a path' 'model.layers[+0].units=3'
setting 'not a path' 'model.layers[00].units=3'
setting '/loss: softmax_cross_entropy: 2 class_weights' 'loss.class_weights=[1, 2]'
setting '/loss/class_weights: the weights of all samples of the training part are 0' 'loss.class_weights=[0, 0, 0]'
printf 'x,class\n1,a\n2,b\n' >two.csv
printf 'x,class\n1,a\n' >one.csv
for part in validation test; do
  refused "the weights of all samples of the $part part are 0" check "$configs/iris.json" --set "data.${part}_path=one.csv" \
    --set data.path=two.csv --set data.target=class --set 'data.test={}' --set 'model.layers[1].units=2' \
    --set 'loss.class_weights=[0, 1]'
done
setting '/optimizer/smallest_step: must not be above' 'optimizer={"type": "rprop", "smallest_step": 100}'

# Tables.
table 'found no text' ''
table 'found a header but no rows' 'a,kind\n'
table 'table.csv:3: ' 'a,kind\n1,x\n1,2,y\n'
table '"1.5abc"' 'a,kind\n1,x\n1.5abc,y\n'
table '"inf"' 'a,kind\n1,x\ninf,y\n'
table '"1e400"' 'a,kind\n1,x\n1e400,y\n'
table 'table.csv:3: column "a"' 'a,kind\n1,x\n,y\n'
table 'onehot' 'a,kind\nred,x\nblue,y\n'
table '"a"' 'a,a,kind\n1,2,x\n3,4,y\n'
table 'delimiter' 'a;kind\n1;x\n2;y\n'
table 'kind' 'a,class\n1,x\n2,y\n'
table 'table.csv:3: found the byte \xe9, which is not UTF-8' 'a,kind\n1,x\n2,caf\xe9\n3,caf\xe8\n'
table 'found two byte order marks' '\xef\xbb\xbf\xef\xbb\xbfa,kind\n1,x\n2,y\n'
printf '1,2,x\n3,4,y\n5,6,x\n' >headless.csv
refused 'headless.csv:1: found the name "x" of the target among its classes, and "1" as the name of a feature' \
  train "$configs/iris.json" --set data.path=headless.csv --set data.target=x --set 'data.test={}'
table 'table.csv:3' 'a,kind\n1,x\n"2,y\n'

setting '/data: csv: the column "sepal_width_cm" is named twice' 'data.features=["sepal_width_cm", "sepal_width_cm"]'
refused '--set data.validation.fraction: /data/validation: with 3 samples to draw from' train "$configs/iris.json" --set data.test='{"fraction": 0.98}' \
  --set data.validation.fraction=0.1
setting '/loss: sine has target values' data=sine
refused '--set c..d: not a path' train "$configs/iris.json" --set a..b=1 --set c..d=1
setting 'relu is a kind of activation' 'model.layers=["relu"]'
setting 'its first element is [0]' model.layers.0.units=3

# Models.
refused 'none: No such file or directory' inspect none
printf 'PK\3\4aaaaaaaaa' >archive
refused 'this seems to be a zip file' inspect archive
refused 'the file is empty' inspect full/file
"$hinge" train "$configs/iris.json" --set train.epochs=1 --out run --quiet >/dev/null
head -c 400 run/model.safetensors >cut
refused 'cut: this is no safetensors file, or a damaged one' inspect cut
{ cat run/model.safetensors && printf 'x'; } >long
refused 'long: the tensors end at byte' inspect long
printf 'sepal_length_cm,petal_width_cm\n1,2\n' >narrow.csv
refused 'sepal_width_cm' predict run narrow.csv
refused 'delimiter: found "x"' predict run narrow.csv --delimiter x
printf 'sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n1,2,nan,4\n' >gap.csv
refused 'gap.csv:2: column "petal_length_cm"' predict run gap.csv

refused 'a model that was trained with missing: mean' predict run gap.csv
printf 'x,y\n0,0\n1,1\n2,2\n3,3\n' >small.csv
printf 'x,y\n1,0\n3e38,0\n' >large.csv
"$hinge" train "$configs/sine.json" --set data='{"type": "csv", "path": "small.csv"}' \
  --set 'model.layers=[{"type": "dense", "units": 1, "weight_init": {"type": "constant", "value": 100}}]' \
  --set train.epochs=0 --out linear --quiet >/dev/null
refused 'large.csv:3: output 0 is inf' predict linear large.csv
refused 'large.csv: evaluate: the loss is' evaluate linear large.csv

echo "$rows refusals"
((rows >= 60)) || { echo "the table should have 60 rows"; exit 1; }
exit "$failed"
