#!/usr/bin/env bash
# The command of the default preset is hardened: an executable at random addresses, whose tables of functions are read-only once
# it runs, with stack protectors and checked copies.
#
#   check_hardening.sh HINGE
set -euo pipefail
program=$1

wanted() {  # what is wanted, where it shows, how it looks
  if ! grep -qE "$3" <<<"$2"; then
    echo "$program: $1 is missing"
    exit 1
  fi
}

wanted "a position-independent executable" "$(readelf -h "$program")" 'Type: +DYN'
wanted "read-only relocations" "$(readelf -lW "$program")" 'GNU_RELRO'
wanted "binding of all functions at the start" "$(readelf -d "$program")" 'BIND_NOW|FLAGS.* NOW'
symbols=$(readelf -W --dyn-syms "$program")
wanted "the stack protector" "$symbols" '__stack_chk_fail'
wanted "_FORTIFY_SOURCE" "$symbols" '__(memcpy|memmove|memset|fprintf|printf|snprintf|vsnprintf|read)_chk'
