#!/usr/bin/env bash
# exchange_test.py with onnxruntime-node. Skipped where that is not here, unless HINGE_NODE_TEST=required; CTest takes 77 for that.
#
#   exchange_test.sh HINGE SCRATCH
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../support/skip.sh"
command -v python3 >/dev/null || skip "python3 is not here"
command -v node >/dev/null || skip "node is not here"
[[ -d $node_folder/node_modules/onnxruntime-node ]] || skip "onnxruntime-node is not here (HINGE_NODE_FOLDER)"
PYTHONDONTWRITEBYTECODE=1 python3 "$here/exchange_test.py" "$1" "$2" "$node_folder"
