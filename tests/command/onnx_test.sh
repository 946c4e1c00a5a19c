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

check_export() {
  "$hinge" export "$1" --to onnx -o "$1.onnx"
  "$python" -c 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)' "$1.onnx"
  echo "$1: $(node "$here/onnx_client.mjs" "$node_folder" "$1.onnx" "$2" "$1.csv" "$3")" || exit 1
}
export_models
