#!/usr/bin/env bash
# A model in C computes the bits of the baseline instruction set, where multiply-adds are not contracted, in C and in C++; with any
# other flags it stays within 2e-6, and its self-test tells.
#
#   c_header_test.sh HINGE CONFIGS SCRATCH
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/exported_models.sh"
strict=(-Wall -Wextra -Wconversion -Wshadow -Werror)
cc=$(command -v cc || command -v gcc || command -v clang)

# result NAME COMPILER…: what the client prints.
result() {
  local name=$1
  shift
  "$@" -DHEADER="\"$PWD/$name.h\"" "$here/c_client.c" -o client -lm
  ./client <"$name.txt"
}

check_export() {
  local name=$1 table=$2 features=$3 line
  "$hinge" export "$name" --to c -o "$name.h"
  # Of each row the inputs, and the numbers that were predicted.
  awk -F , -v features="$features" '
    FNR == 1 { file++ }
    file == 1 && FNR == 1 { for (i = 1; i <= NF; ++i) place[$i] = i; count = split(features, names, ","); next }
    file == 1 { line = ""; for (i = 1; i <= count; ++i) line = line " " ($place[names[i]] == "" ? "nan" : $place[names[i]]); rows[FNR] = line; next }
    FNR == 1 { first = ($1 == "class") ? 2 : 1; if ($1 == "class" && NF == 3 && '"$(grep -c 'OUTPUTS 1$' "$name.h" || true)"') first = 3; next }
    { line = rows[FNR]; for (i = first; i <= NF; ++i) line = line " " $i; print line }' "$table" "$name.csv" >"$name.txt"
  line=$(result "$name" "$cc" -std=c99 -pedantic "${strict[@]}" -O2 -ffp-contract=off)
  [[ $line =~ ^rows\ [1-9][0-9]*\ other\ 0\ .*\ self_test\ 0$ ]] || { echo "$name: $line"; exit 1; }
}

# within NAME COMPILER…: the worst number is near, and the self-test says that it is another.
within() {
  local line
  line=$(result "$@")
  awk -v line="$line" 'BEGIN { split(line, word, " "); exit !(word[2] > 0 && word[6] < 2e-6 && word[8] > 0) }' || { echo "$*: $line"; exit 1; }
}

export_models
for name in digits digits_residual activation_gelu; do
  line=$(result "$name" c++ -x c++ -std=c++11 -pedantic "${strict[@]}" -O3 -ffp-contract=off)
  [[ $line == *"other 0 "*"self_test 0" ]] || { echo "$name in C++: $line"; exit 1; }
  within "$name" "$cc" -O3 -ffast-math
  if [[ $(uname -m) == x86_64 ]] && grep -q fma /proc/cpuinfo; then within "$name" "$cc" -O3 -mavx2 -mfma -ffp-contract=fast; fi
done
