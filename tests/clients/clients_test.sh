#!/usr/bin/env bash
# The C API, called from C, from Python's ctypes and from Node (koffi): each predicts what hinge predict does. Node is left out where
# it or koffi is not here, unless HINGE_NODE_TEST=required. Then hinge::predict: it is small, needs little, and does the same for
# programs with any flags.
#
#   clients_test.sh HINGE CONFIGS SCRATCH LIBRARY.so INCLUDE_FOLDER PREDICT.a CXX
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hinge=$(realpath "$1")
configs=$(realpath "$2")
library=$(realpath "$4")
include=$(realpath "$5")
predict=$(realpath "$6")
cxx=$7
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

# Its objects as a shared library, which has at most 350 kB with the kernels of every processor, shows the C API alone, and needs the
# standard library alone.
echo '{ global: hinge_*; local: *; };' >shown
"$cxx" -shared -s -Wl,--whole-archive "$predict" -Wl,--no-whole-archive -Wl,--gc-sections,--version-script=shown,-z,defs -o small.so
size=$(wc -c <small.so)
((size <= 350000)) || { echo "hinge::predict has $size bytes"; exit 1; }
nm -D --defined-only small.so | awk '{ print $3 }' | sort >shown
diff <(grep -oE 'HINGE_C_API [^;]*' "$(sed -n 's/^#include "\(.*\)"$/\1/p' "$include/hinge/layers/c.h")" | grep -oE 'hinge_[a-z_]+\(' | tr -d '(' | sort) shown
if readelf -d small.so | grep NEEDED | grep -vE 'lib(stdc\+\+|m|gcc_s|c)\.so|ld-linux'; then
  echo "hinge::predict needs a library more"
  exit 1
fi
"$cc" -std=c99 -I "$include" "$here/c_client.c" "$predict" -lstdc++ -lm -Wl,--gc-sections -o small_client
same small ./small_client run/model.safetensors values/model.safetensors
"$cxx" -x c++ -std=c++20 -O3 -march=native -ffast-math -fno-exceptions -fno-rtti -I "$include" "$here/c_client.c" -x none "$predict" \
  -Wl,--gc-sections -o fast_client
same fast ./fast_client run/model.safetensors values/model.safetensors

source "$here/../support/skip.sh"
if [[ -d $node_folder/node_modules/koffi ]]; then
  same node node "$here/client.mjs" "$node_folder" "$library" run/model.safetensors
elif [[ ${HINGE_NODE_TEST:-} == required ]]; then
  echo "koffi is not here (HINGE_NODE_FOLDER)"
  exit 1
fi
