# For the scripts beside this one, which get: BUILD_FOLDER (where Hinge is built), WORK_FOLDER (removed at success), CXX.
set -euo pipefail
consumer="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
hinge="$(cd "$consumer/../.." && pwd)"
built=$1
work=$2
export CXX=$3

rm -rf "$work"
mkdir -p "$work"
trap '[[ $? == 0 ]] && rm -rf "$work"' EXIT

# quietly COMMAND…: runs it, and shows the end of its output only when it fails.
quietly() {
  "$@" >"$work/log" 2>&1 && return
  echo "failed: $*"
  tail -n 60 "$work/log"
  return 1
}

# configure FOLDER OPTION…: configures the consumer there.
configure() { quietly cmake -S "$consumer" -B "$work/$1" -DCMAKE_BUILD_TYPE=Release "${@:2}"; }

# check_plugin FILE: it shows one function; of Hinge's headers also what its own objects hold of them, weak as all inline code is.
check_plugin() {
  local shown
  shown=$(nm -D --defined-only "$1" | awk '$2 ~ /^[TDBRu]$/ { print $3 }')
  [[ $shown == train_a_little ]] || { echo "$1 shows $(wc -l <<<"$shown") functions:"; head -5 <<<"$shown"; return 1; }
}

# build_and_run FOLDER OPTION…
build_and_run() {
  configure "$@"
  quietly cmake --build "$work/$1" --parallel 2
  quietly "$work/$1/consumer"
  quietly "$work/$1/predict"
  # A shared Hinge has unique symbols, which keep in memory what uses them.
  [[ $1 == *shared ]] || quietly "$work/$1/host" "$work/$1/plugin.so"
  check_plugin "$work/$1/plugin.so"
  echo "passed: $1"
}
