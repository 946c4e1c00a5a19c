#!/usr/bin/env bash
# The example in the README is the program that the tests compile and run: the first ```cpp block of README.md equals
# apps/examples/digits.cpp, byte for byte.
#
#   check_readme.sh ROOT
set -euo pipefail
cd "$1"

readme_block() {
  awk '$0 == "```cpp" { inside = 1; next } inside && $0 == "```" { exit } inside' README.md
}

if ! diff -u --label README.md --label apps/examples/digits.cpp <(readme_block) apps/examples/digits.cpp; then
  echo "The example in README.md is not apps/examples/digits.cpp: copy one to the other."
  exit 1
fi
