# Models for the tests of hinge export: every activation, layer, scaling and output. Numbers are whole, so float32 and double hold the
# same. Calls check_export NAME TABLE FEATURES for each, with NAME the folder of a run and NAME.csv its predictions for the table.
# Sourced with the arguments of the test: HINGE CONFIGS SCRATCH.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hinge=$(realpath "$1")
configs=$(realpath "$2")
rm -rf "$3"
mkdir -p "$3"
cd "$3"

# model NAME TABLE FEATURES TRAINING_ARGUMENTS…
model() {
  local name=$1 table=$2 features=$3
  shift 3
  "$hinge" train "$@" --out "$name" --quiet >/dev/null 2>&1 || { echo "$name cannot be trained"; exit 1; }
  HINGE_ISA=baseline "$hinge" predict "$name" "$table" -o "$name.csv"
  check_export "$name" "$table" "$features"
}

export_models() {
  local digits=$configs/data/digits.csv pixels config activation preprocess target
  pixels=$(head -n 1 "$digits" | cut -d , -f 1-64)
  for config in digits digits_batch_norm digits_residual; do
    model "$config" "$digits" "$pixels" "$configs/$config.json" --set train.epochs=2
  done
  # A gap in every seventh row, of iris in millimetres.
  awk -F , 'NR == 1 { print "a,b,c,d,t,y" } NR > 1 { printf "%d,%s,%d,%d,%d,%d\n", $1 * 10, (NR % 7 ? int($2 * 10) : ""), $3 * 10, $4 * 10, ($5 > 1), $1 * $3 * 100 }' \
    "$configs/data/iris.csv" >rows.csv
  local -r data='"type": "csv", "path": "rows.csv", "missing": "median", "features": ["a", "b", "c", "d"]'
  for activation in elu gelu hard_sigmoid hard_swish hard_tanh identity leaky_relu mish prelu relu selu sigmoid silu softplus softsign tanh \
    '{"type": "gelu", "approximate": "tanh"}' '{"type": "prelu", "per_unit": true}'; do
    [[ $activation == \{* ]] || activation='{"type": "'$activation'"}'
    cat >config.json <<JSON
{"data": {$data, "target": "t", "preprocess": "standard"},
 "model": {"layers": [{"type": "dense", "units": 9, "activation": $activation}, {"type": "layer_norm"}, {"type": "dropout"},
                      {"type": "residual", "layers": [{"type": "dense", "units": 5, "activation": $activation, "bias": false}]},
                      {"type": "residual", "layers": [{"type": "batch_norm"}, {"type": "activation", "activation": $activation}]},
                      {"type": "dense", "units": "auto"}]},
 "loss": "softmax_cross_entropy", "optimizer": "adam", "train": {"epochs": 3, "batch_size": 10, "seed": 1}}
JSON
    model "activation_$(tr -dc 'a-z_' <<<"${activation#*:}")" rows.csv a,b,c,d config.json
  done
  for preprocess in none standard minmax robust log1p; do
    for target in t,bce_with_logits t,softmax_cross_entropy y,mse t,poisson; do
      [[ $preprocess != none || $target == y,mse ]] || continue  # without scaling, rounding decides
      cat >config.json <<JSON
{"data": {$data, "target": "${target%,*}", "preprocess": "$preprocess"},
 "model": {"layers": [{"type": "dense", "units": 6, "activation": "relu"}, {"type": "dense", "units": "auto"}]},
 "loss": "${target##*,}", "optimizer": "adam", "train": {"epochs": 5, "batch_size": 10, "seed": 1}}
JSON
      model "${preprocess}_${target##*,}" rows.csv a,b,c,d config.json
    done
  done
}
