#!/usr/bin/env bash
# What hinge export writes, read by others: a model in ONNX is accepted by python3-onnx, and predicts in onnxruntime what hinge
# predict does. Skipped where these are not here, unless HINGE_NODE_TEST=required; CTest takes 77 for that.
#
#   export_test.sh HINGE CONFIGS SCRATCH
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hinge=$(realpath "$1")
configs=$(realpath "$2")
rm -rf "$3"
mkdir -p "$3"
cd "$3"

skip() {
  echo "skipped: $1"
  [[ ${HINGE_NODE_TEST:-} != required ]] || exit 1
  exit 77
}
for python in python3 /usr/bin/python3 ""; do
  [[ -z $python ]] || ! "$python" -c 'import onnx' 2>/dev/null || break
done
[[ $python ]] || skip "python3 with onnx is not here"
command -v node >/dev/null || skip "node is not here"
node_folder=${HINGE_NODE_FOLDER:-$(npm root -g 2>/dev/null || true)/..}
[[ -d $node_folder/node_modules/onnxruntime-node ]] || skip "onnxruntime-node is not here (HINGE_NODE_FOLDER)"

# check NAME TABLE FEATURES TRAINING_ARGUMENTS…
check() {
  local name=$1 table=$2 features=$3
  shift 3
  "$hinge" train "$@" --out "$name" --quiet >/dev/null
  "$hinge" predict "$name" "$table" -o "$name.csv"
  "$hinge" export "$name" --to onnx -o "$name.onnx"
  "$python" -c 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)' "$name.onnx"
  echo "$name: $(node "$here/onnx_client.mjs" "$node_folder" "$name.onnx" "$table" "$name.csv" "$features")" || exit 1
}

digits=$configs/data/digits.csv
pixels=$(head -n 1 "$digits" | cut -d , -f 1-64)
for config in digits digits_batch_norm digits_residual; do
  check "$config" "$digits" "$pixels" "$configs/$config.json" --set train.epochs=2
done

iris=$configs/data/iris.csv
leaves=$(head -n 1 "$iris" | cut -d , -f 1-4)
for activation in elu gelu hard_sigmoid hard_swish hard_tanh identity leaky_relu mish prelu relu selu sigmoid silu softplus softsign tanh; do
  check "iris_$activation" "$iris" "$leaves" "$configs/iris.json" --set train.epochs=3 \
    --set 'model.layers=[{"type": "dense", "units": 9, "activation": "'$activation'"}, {"type": "layer_norm"}, {"type": "dropout"}, {"type": "dense", "units": 5, "activation": "'$activation'", "bias": false}, {"type": "dense", "units": "auto"}]'
done
check iris_gelu_tanh "$iris" "$leaves" "$configs/iris.json" --set train.epochs=3 --set 'model.layers[0].activation={"type": "gelu", "approximate": "tanh"}'
check iris_slopes "$iris" "$leaves" "$configs/iris.json" --set train.epochs=3 --set 'model.layers[0].activation={"type": "prelu", "per_unit": true}'

# Gaps, three ways of scaling, and each kind of output.
awk -F , 'NR == 1 { print "a,b,c,d,t,y" } NR > 1 { print $1 "," (NR % 7 ? $2 : "") "," $3 "," $4 "," ($5 > 1) "," $1 * $3 * 100 }' "$iris" >rows.csv
for preprocess in standard minmax robust log1p; do
  for target in t,bce_with_logits t,softmax_cross_entropy y,mse t,poisson; do
    cat >config.json <<JSON
{"data": {"type": "csv", "path": "rows.csv", "missing": "mean", "preprocess": "$preprocess", "features": ["a", "b", "c", "d"],
          "target": "${target%,*}"},
 "model": {"layers": [{"type": "dense", "units": 6, "activation": "relu"}, {"type": "dense", "units": "auto"}]},
 "loss": "${target##*,}", "optimizer": "adam", "train": {"epochs": 5, "batch_size": 10, "seed": 1}}
JSON
    check "rows_${preprocess}_${target##*,}" rows.csv a,b,c,d config.json
  done
done
