#!/usr/bin/env bash
# The C API, called from C, from Python's ctypes and from Node (koffi): each predicts what hinge predict does. Node is left out where
# it or koffi is not here, unless HINGE_NODE_TEST=required.
#
#   clients_test.sh HINGE CONFIGS SCRATCH LIBRARY.so INCLUDE_FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hinge=$(realpath "$1")
configs=$(realpath "$2")
library=$(realpath "$4")
include=$(realpath "$5")
rm -rf "$3"
mkdir -p "$3"
cd "$3"

"$hinge" train "$configs/iris.json" --set train.epochs=3 --out run --quiet >/dev/null 2>&1
"$hinge" train "$configs/iris.json" --set train.epochs=1 --set loss=mse --set metrics=[] --set data.target=petal_width_cm --set 'model.layers[1].units=auto' --out values --quiet \
  >/dev/null 2>&1
"$hinge" predict run "$configs/data/iris.csv" | tail -n +2 | tr , ' ' >wanted
tail -n +2 "$configs/data/iris.csv" | cut -d , -f 1-4 | tr , ' ' >rows

# same WHO COMMAND…: its lines are those of hinge predict, to a rounding: there the table is scaled in double.
same() {
  local who=$1
  shift
  "$@" <rows >"$who"
  paste -d ' ' wanted "$who" | awk -v who="$who" '
    $1 != $5 { bad++ }
    { for (i = 2; i <= 4; ++i) { d = $i - $(i + 4); if (d > 1e-6 || d < -1e-6) bad++ } }
    END { if (NR != 150 || bad) { print who ": " bad " of " NR; exit 1 } }'
}

cc=$(command -v cc || command -v gcc || command -v clang)
"$cc" -std=c99 -pedantic -Wall -Wextra -Werror -I "$include" "$here/c_client.c" "$library" -Wl,-rpath,"$(dirname "$library")" -o c_client
same c ./c_client run/model.safetensors values/model.safetensors
command -v python3 >/dev/null && same python python3 "$here/client.py" "$library" run/model.safetensors
source "$here/../support/skip.sh"
if [[ -d $node_folder/node_modules/koffi ]]; then
  same node node "$here/client.mjs" "$node_folder" "$library" run/model.safetensors
elif [[ ${HINGE_NODE_TEST:-} == required ]]; then
  echo "koffi is not here (HINGE_NODE_FOLDER)"
  exit 1
fi
