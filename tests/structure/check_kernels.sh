#!/usr/bin/env bash
# Proves from the objects of the kernels that they hold nothing which the linker could give to code for another processor:
# each defines its set of kernels and nothing else that is visible, nothing weak, and asks for nothing but what compilers ask for.
# And that no object of the library but those of AVX2 and AVX-512 holds instructions of that kind.
#
#   check_kernels.sh LIBRARY.a
set -euo pipefail
library=$1
symbols=$(nm -A --defined-only "$library")
undefined=$(nm -A --undefined-only "$library")
for set in baseline avx2 avx512; do
  grep -q ":$set.cpp.o:" <<<"$symbols" || { [[ $set != baseline ]] && continue; echo "no object of $set in $library"; exit 1; }
  visible=$(grep ":$set.cpp.o:" <<<"$symbols" | awk '$2 ~ /[A-Zuvw]/ { print $3 }')
  [[ $visible == "_ZN5hinge7kernels"*"${set}E" ]] || { echo "$set shows more than its kernels: $visible"; exit 1; }
  needs=$(grep ":$set.cpp.o:" <<<"$undefined" | awk '{ print $NF }' | grep -vE '^(memcpy|memset|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$' || true)
  [[ -z $needs ]] || { echo "$set needs $needs"; exit 1; }
done
! objdump -d "$library" --no-show-raw-insn 2>/dev/null |
  awk '/^[^ ].*file format/ { object = $1 } /%[yz]mm/ && object !~ /^avx(2|512)/ { print object; exit }' | grep . ||
  { echo "AVX outside of its kernels"; exit 1; }
