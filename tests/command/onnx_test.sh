#!/usr/bin/env bash
# A model in ONNX is accepted by python3-onnx, and predicts in onnxruntime what hinge predict does. Skipped where these are not here,
# unless HINGE_NODE_TEST=required; CTest takes 77 for that.
#
#   onnx_test.sh HINGE CONFIGS SCRATCH
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/exported_models.sh"
source "$here/../support/skip.sh"
for python in python3 /usr/bin/python3 ""; do
  [[ -z $python ]] || ! "$python" -c 'import onnx' 2>/dev/null || break
done
[[ $python ]] || skip "python3 with onnx is not here"
command -v node >/dev/null || skip "node is not here"
[[ -d $node_folder/node_modules/onnxruntime-node ]] || skip "onnxruntime-node is not here (HINGE_NODE_FOLDER)"

# Accepts a model, and prints what its metadata says as one object.
accept='
import json, onnx, sys
onnx.checker.check_model(sys.argv[1], full_check=True)
print(json.dumps({entry.key: json.loads(entry.value) for entry in onnx.load(sys.argv[1]).metadata_props}))'

check_export() {
  "$hinge" export "$1" --to onnx -o "$1.onnx"
  "$python" -c "$accept" "$1.onnx" >"$1.json"
  echo "$1"
  node "$here/onnx_client.mjs" "$node_folder" "$1.onnx" "$2" "$1.csv" "$1.json"
}
export_models

# Categories before, between and after numbers; with a gap that is a category of its own, and with one that is filled; and nothing
# but categories. In the last row there is one that the training part had not.
awk 'BEGIN { srand(1); print "colour,size,form,weight,t"
  for (i = 0; i < 90; ++i) {
    colour = substr("redtanblu", 1 + 3 * int(rand() * 3), 3); form = substr("roundflat?", 1 + 5 * int(rand() * 2), 5)
    print (rand() < 0.1 ? "" : colour) "," int(rand() * 9) "," (rand() < 0.1 ? "" : form) "," int(rand() * 90) "," (colour == "red") } }' >table.csv
for features in '"size", "colour", "weight", "form"' '"form", "size", "colour"' '"form"'; do
  cat >config.json <<JSON
{"data": {"type": "csv", "path": "table.csv", "target": "t", "features": [$features],
          "columns": {"colour": {"missing": "category", "unknown": "zeros"}, "form": {"missing": "mean"}}},
 "model": {"layers": [{"type": "dense", "units": 6, "activation": "relu"}, {"type": "dense", "units": "auto"}]},
 "loss": "softmax_cross_entropy", "optimizer": "adam", "train": {"epochs": 5, "batch_size": 10, "seed": 1}}
JSON
  (cat table.csv; echo 'violet,3,round,4,0') >more.csv
  model "categories_$(tr -dc 'a-z_' <<<"${features//,/_}")" more.csv "" config.json
done
