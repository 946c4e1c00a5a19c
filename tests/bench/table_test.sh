#!/usr/bin/env bash
# The comparison with others runs, and its table has a number and a finite ratio in every cell.
#
#   table_test.sh ROOT WORK_FOLDER
set -euo pipefail
work=$2
mkdir -p "$work"
"$1/scripts/bench" --rounds 1 --raw "$work/raw.jsonl" W1 I1 digits >"$work/table.md"
cat "$work/table.md"

fail() {
  echo "$1"
  exit 1
}

# Of digits Eigen and scikit-learn have none (–), nor has PyTorch where it is not installed.
number='[0-9]+(\.[0-9]+)?'
row() { grep -qE "^\| $1 \| $number( \| $number \($number\)){$2,} \|$" "$work/table.md" || fail "no whole row of $1"; }
row 'W1, µs a step' 2
for network in W2 W4 W5; do row "I1-$network, ns" 2; done
grep -qE "^\| digits, s \| $number \|" "$work/table.md" || fail "no row of digits"
! grep -qiE '\b(nan|inf)\b' "$work/table.md" || fail "a number is not finite"
grep -q '"peer":"hinge","kind":"train","workload":"W1"' "$work/raw.jsonl" || fail "no line of JSON for W1"

if "$1/scripts/bench" --rounds 0 2>"$work/refusal.txt"; then fail "zero rounds were accepted"; fi
grep -q -- '--rounds' "$work/refusal.txt" || fail "the refusal does not name --rounds"
