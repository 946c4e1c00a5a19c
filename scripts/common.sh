# For the scripts beside this one and .ci/run: steps that print one line each and keep their output for a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cores=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

# no_arguments ARGUMENT…: refuses any, for a script that takes none.
no_arguments() {
  (($#)) || return 0
  echo "$0: unknown argument $1; usage: $0" >&2
  exit 2
}

# log NAME: the file with the output of a step.
log() { echo "build/logs/${1//[^A-Za-z0-9]/_}.log"; }

# step NAME COMMAND…: runs a command, prints its name and seconds, and its output only when it fails.
step() {
  local name=$1 status=0 start=$SECONDS
  shift
  mkdir -p build/logs
  printf '%-32s' "$name"
  "$@" >"$(log "$name")" 2>&1 </dev/null || status=$?
  if ((status)); then
    printf 'FAILED after %d s\n\n' $((SECONDS - start))
    tail -n 200 "$(log "$name")"
    printf '\n%s failed; its whole output is in %s\n' "$name" "$PWD/$(log "$name")"
    exit "$status"
  fi
  printf '%4d s\n' $((SECONDS - start))
}

# install_node_tools: puts what drives a browser, judges how accessible a page is, runs models in ONNX and calls C into build/node.
install_node_tools() {
  ONNXRUNTIME_NODE_INSTALL=skip npm install --prefix build/node --no-audit --no-fund --no-save playwright-core@1 axe-core@4 onnxruntime-node@1 \
    koffi@2
}

# build PRESET [TARGET…]: configures and builds.
build() {
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build --preset "$preset" --parallel "$cores" ${1:+--target "$@"}
}

# build_with_mpi FOLDER: the command with MPI.
build_with_mpi() {
  cmake --preset default -B "$1" -DHINGE_MPI=ON && cmake --build "$1" --parallel "$cores" --target hinge_command
}
