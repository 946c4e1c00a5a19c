#!/usr/bin/env bash
# The playground in a browser. Skipped where there is no page, no Chromium, or no node with playwright-core and axe-core, unless
# HINGE_NODE_TEST=required; CTest takes 77 for that.
#
#   page_test.sh PAGE HINGE SCRATCH [PICTURES]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
page=$(realpath -m "$1")
hinge=$(realpath -m "$2")
pictures=${4:+$(realpath -m "$4")}
rm -rf "$3"
mkdir -p "$3"
cd "$3"

source "$here/../support/skip.sh"
command -v node >/dev/null || skip "node is not here"
node --test "$here/functions_test.mjs" >functions 2>&1 || { cat functions; exit 1; }
chromium=$(command -v chromium || command -v chromium-browser || true)
[[ -f $page ]] || skip "there is no $page: cmake --preset wasm && cmake --build --preset wasm"
[[ -n $chromium && -d $node_folder/node_modules/playwright-core && -d $node_folder/node_modules/axe-core ]] ||
  skip "Chromium, or node with playwright-core and axe-core, is not here (HINGE_NODE_FOLDER)"
node "$here/page_test.mjs" "$node_folder" "$chromium" "$page" "$hinge" ${pictures:+"$pictures"}
