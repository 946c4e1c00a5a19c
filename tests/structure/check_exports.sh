#!/usr/bin/env bash
# Proves that a shared library would export every function and object that the static one defines for others: all that is
# visible between its sources, but for hinge::kernels and namespaces called detail.
#
#   check_exports.sh LIBRARY.a CXX
set -euo pipefail
shared=$(mktemp)
trap 'rm -f "$shared"' EXIT
# The objects are the same for both kinds of library; what they need from elsewhere may stay open here.
"$2" -shared -Wl,--whole-archive "$1" -Wl,--no-whole-archive -o "$shared"
defined() { nm --defined-only "$@" 2>/dev/null | awk '$2 ~ /^[TBDR]$/ { print $3 }' | sort -u; }
hidden=$(comm -23 <(defined "$1") <(defined -D "$shared") | c++filt | grep -vE 'hinge::(kernels|detail)::' || true)
[[ -z $hidden ]] && exit
echo "without HINGE_API:"
echo "$hidden"
exit 1
