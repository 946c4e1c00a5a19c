#!/usr/bin/env bash
# The engine of the playground as WebAssembly, in node, beside the command. Skipped where it is not built, or without node,
# unless HINGE_NODE_TEST=required; CTest takes 77 for that.
#
#   engine_test.sh ENGINE HINGE SCRATCH
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
engine=$(realpath -m "$1")
hinge=$(realpath -m "$2")

source "$here/../support/skip.sh"
command -v node >/dev/null || skip "node is not here"
[[ -f $engine ]] || skip "there is no $engine: cmake --preset wasm && cmake --build --preset wasm (needs emscripten)"
rm -rf "$3"
mkdir -p "$3"
cd "$3"
HINGE_ISA=baseline node "$here/engine_test.mjs" "$engine" "$hinge"
