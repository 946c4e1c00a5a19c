#!/usr/bin/env bash
# The functions of a report's script, without a browser. Skipped where there is no node 18 or newer; CTest takes 77 for that.
set -euo pipefail
if ! node --test --version >/dev/null 2>&1; then
  echo "skipped: node is not here, or older than 18"
  exit 77
fi
node --test "$(dirname "${BASH_SOURCE[0]}")/report_page_test.mjs"
