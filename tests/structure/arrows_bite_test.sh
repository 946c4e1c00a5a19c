#!/usr/bin/env bash
# Gives check_arrows.sh small trees with at most one fault each, and expects it to find every one.
#
#   arrows_bite_test.sh EMPTY_FOLDER
set -euo pipefail
checker="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check_arrows.sh"
tree=$1

# expect accepted|refused {FILE LINE}…: a tree that holds only these files, of a line each, is accepted or refused.
expect() {
  local wanted=$1 verdict=accepted files
  shift
  files=$*
  rm -rf "$tree"
  while (($#)); do
    mkdir -p "$tree/$(dirname "$1")"
    printf '%s\n' "$2" >>"$tree/$1"
    shift 2
  done
  bash "$checker" "$tree" >"$tree/output" || verdict=refused
  if [[ $verdict != "$wanted" ]]; then
    echo "check_arrows.sh $verdict $files"
    cat "$tree/output"
    exit 1
  fi
}

expect accepted core/a.h '#include <hinge/core/b.h>'
expect accepted optim/a.cpp '#include <hinge/data/b.h>'
expect accepted tests/core/a_test.cpp '#include <thread>'
expect accepted tests/core/a_test.cpp '#include "support/b.h"'
expect accepted core/io/file.cpp '#include <zlib.h>'
expect accepted core/number.cpp 'auto end = std::from_chars(first, last, value);'
expect refused core/a.h '#include <hinge/layers/b.h>'
expect refused layers/activations/a.h '  #  include <hinge/optim/b.h>'
expect refused layers/a.cpp '#include <hinge/data/b.h>'
expect refused data/a.cpp '#include <hinge/layers/b.h>'
expect refused optim/a.cpp '#include <hinge/hinge.h>'
expect accepted core/random.cpp '#include <hinge/core/kernels/a.h>'
expect accepted layers/activations/a.h '#include <hinge/layers/b.h>'
expect accepted layers/dense.h '#include <hinge/layers/activations/a.h>' layers/activations/a.h '#include <hinge/layers/b.h>'
expect accepted optim/health/a.h '#include <hinge/optim/optimizers/b.h>'
expect accepted optim/run/a.h '#include <hinge/optim/b.h>'
expect refused core/a.h '#include <hinge/core/config/b.h>'
expect refused core/kernels/a.h '#include <hinge/core/io/b.h>'
expect refused core/config/a.h '#include <hinge/core/io/b.h>'
expect refused layers/activations/a.h '#include <hinge/layers/losses/b.h>'
expect refused optim/optimizers/a.h '#include <hinge/optim/health/b.h>'
expect refused optim/metrics/a.h '#include <hinge/optim/trainer.h>'
expect refused optim/health/a.cpp '#include <hinge/optim/trainer.h>'
expect refused optim/a.cpp '#include <hinge/optim/run/b.h>'
expect refused optim/elsewhere/a.cpp '#include <hinge/core/b.h>'
expect refused layers/a.h '#include <hinge/layers/b.h>' layers/b.h '#include <hinge/layers/a.h>'
expect refused layers/a.h '#include <hinge/layers/activations/b.h>' layers/activations/b.h '#include <hinge/layers/a.h>'
expect refused tests/core/a_test.cpp '#include "core/b.h"'
expect refused core/a.h '#include <nlohmann/json.hpp>'
expect refused data/a.cpp '#include <fstream>'
expect refused data/a.cpp 'double value = std::stod(text);'
expect refused optim/a.cpp '#include <thread>'
expect refused core/a.cpp '#include <iostream>'
rm -rf "$tree"
