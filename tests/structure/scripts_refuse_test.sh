#!/usr/bin/env bash
# Every script refuses an argument that it does not know, at once: exit code 2, and a word about it on stderr.
#
#   scripts_refuse_test.sh ROOT
set -euo pipefail
cd "$1"

for command in '.ci/run --fast' '.ci/run default' 'scripts/test x' 'scripts/demo --help' 'scripts/bench x' 'scripts/recipe --x' \
  'scripts/diagnosis x' 'scripts/long x' 'scripts/long 12' 'scripts/draw-arrows x' 'scripts/pictures x' 'scripts/site --x' \
  'scripts/install-dependencies x' 'scripts/install-dependencies --all x'; do
  status=0
  message=$(timeout 10 bash -c "exec $command" 2>&1 >/dev/null </dev/null) || status=$?
  if [[ $status != 2 || $message != *"${command#* }"* && $message != *usage* ]]; then
    echo "$command: exit code $status, wanted 2; $message"
    exit 1
  fi
done
