#!/usr/bin/env bash
# Gives check_arrows.sh small trees with one fault each, and expects it to find every one.
#
#   arrows_bite_test.sh EMPTY_FOLDER
set -euo pipefail
checker="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check_arrows.sh"
tree=$1

# expect accepted|refused FILE LINE: a tree that holds only that file is accepted or refused.
expect() {
  rm -rf "$tree"
  mkdir -p "$tree/$(dirname "$2")"
  printf '%s\n' "$3" >"$tree/$2"
  local verdict=accepted
  bash "$checker" "$tree" >"$tree/output" || verdict=refused
  if [[ $verdict != "$1" ]]; then
    echo "check_arrows.sh $verdict '$3' in $2"
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
expect refused tests/core/a_test.cpp '#include "core/b.h"'
expect refused core/a.h '#include <nlohmann/json.hpp>'
expect refused data/a.cpp '#include <fstream>'
expect refused data/a.cpp 'double value = std::stod(text);'
expect refused optim/a.cpp '#include <thread>'
expect refused core/a.cpp '#include <iostream>'
rm -rf "$tree"
