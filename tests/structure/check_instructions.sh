#!/usr/bin/env bash
# A guard of speed that needs no clock: the instructions of training, counted by callgrind, stay within 3 % of the figures in
# instructions.txt. They are of 20 epochs of 256 samples, each with a look at the neurons of as many. Other compilers make
# others; then it says so and is skipped.
#
#   check_instructions.sh HINGE_BENCH COMPILER          compares
#   check_instructions.sh HINGE_BENCH COMPILER --write  writes the figures of now
set -euo pipefail
program=$1
compiler=$("$2" --version | head -n 1)
figures=$(dirname "${BASH_SOURCE[0]}")/instructions.txt
samples=256
skipped=77

command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit $skipped; }

# With the baseline kernels: valgrind emulates each fused multiply-add at the cost of hundreds of instructions.
total() {
  HINGE_ISA=baseline valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" --samples $samples --rounds "$2" "$1" \
    2>&1 >/dev/null | awk '/Collected :/ { print $4 }'
}

# Of a round, which is 20 epochs: what the benchmark does besides is in both counts.
count() {
  echo $(($(total "$1" 2) - $(total "$1" 1)))
}

if [[ ${3:-} == --write ]]; then
  echo "$compiler"
  for workload in W1 W2 W4; do echo "$workload $(count $workload)"; done
  exit
fi

{
  read -r recorded
  [[ $compiler == "$recorded" ]] || { echo "skipped: the figures are those of $recorded, this is $compiler"; exit $skipped; }
  while read -r workload wanted; do
    found=$(count "$workload")
    [[ $found =~ ^[0-9]+$ ]] && ((found > 0)) || { echo "$workload: callgrind counted nothing"; exit 1; }
    echo "$workload: $found instructions, $wanted recorded"
    if ((found * 100 > wanted * 103 || found * 100 < wanted * 97)); then
      echo "more than 3 % away; where that is meant, write instructions.txt anew with --write"
      exit 1
    fi
  done
} <"$figures"
