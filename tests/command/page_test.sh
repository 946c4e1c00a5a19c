#!/usr/bin/env bash
# The page of hinge explain in a browser. Skipped where there is no Chromium, or no node with playwright-core, unless
# HINGE_PAGE_TEST=required.
#
#   page_test.sh HINGE CONFIGS SCRATCH …
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hinge=$1
configs=$2
rm -rf "$3"
mkdir -p "$3"
cd "$3"

node_folder=${HINGE_NODE_FOLDER:-$(npm root -g 2>/dev/null || true)/..}
chromium=$(command -v chromium || command -v chromium-browser || true)
if [[ -z $chromium || ! -d $node_folder/node_modules/playwright-core ]] || ! command -v node >/dev/null; then
  echo "skipped: Chromium, or node with playwright-core, is not here (HINGE_NODE_FOLDER)"
  [[ ${HINGE_PAGE_TEST:-} != required ]] || exit 1
  exit 0
fi

# page ARGUMENT…
page() {
  "$hinge" explain "$@" --html page.html >out
  [[ ! -s out ]]
  "$hinge" explain "$@" --json >page.json
  node "$here/page_reader.mjs" "$node_folder" "$chromium" "$PWD/page.html" page.json
}
page "$configs/mazur.json" --steps 3
page "$configs/iris.json" --set 'model.layers=[{"type": "dense", "units": 8, "activation": "relu"},
  {"type": "dense", "units": 6, "activation": "leaky_relu"}, {"type": "dense", "units": 3}]' --set optimizer=adam --steps 2
page "$configs/digits.json" --layer 2
