#!/usr/bin/env bash
# An application compiled with other instruction sets or sanitizers than Hinge must not link: it would corrupt the heap
# (core/export.h says why). The linker's message must name what the application wanted.
#
#   other_flags.sh BUILD_FOLDER WORK_FOLDER CXX
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
quietly cmake --install "$built" --prefix "$work/prefix"

# expect_link_error NAMESPACE FLAG
expect_link_error() {
  configure "$2" "-DCMAKE_PREFIX_PATH=$work/prefix" "-DCMAKE_CXX_FLAGS=$2"
  if cmake --build "$work/$2" >"$work/output" 2>&1; then
    echo "an application compiled with $2 links with a library compiled without"
    exit 1
  fi
  if ! grep -E "undefined (reference|symbol).*hinge::eigen_[0-9_]+_$1::" "$work/output" >"$work/message"; then
    echo "compiled with $2, the linker should name hinge::eigen_..._$1, but it says:"
    tail -n 60 "$work/output"
    exit 1
  fi
  echo "passed: $2: $(head -n 1 "$work/message")"
}

expect_link_error 'align[0-9]+_asan' -fsanitize=address
if [[ $(uname -m) == x86_64 ]]; then
  expect_link_error align32 -mavx2
fi
