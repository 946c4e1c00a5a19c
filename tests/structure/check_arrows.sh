#!/usr/bin/env bash
# Proves from the include lines that folders and subfolders depend on each other as the design says and nothing runs in a
# circle, and that threads, files and number parsing stay in the few sources made for them. Prints what breaks a rule.
#
#   check_arrows.sh ROOT
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/include_edges.sh"
cd "$1"
failed=0

# lines PATTERN FOLDER…: the source lines that match, as file:line:text.
lines() {
  local pattern=$1
  shift
  (($#)) || return 0
  grep -rnE --include='*.h' --include='*.cpp' -e "$pattern" "$@" || [[ $? == 1 ]]
}

# except PATTERN: drops lines. The first field is the file, so '^core/io/file.cpp:' allows a file.
except() { grep -vE "$1" || [[ $? == 1 ]]; }

# none RULE: whatever lines come in break the rule.
none() {
  local found
  found=$(cat)
  if [[ -n $found ]]; then
    printf 'broken rule: %s\n%s\n' "$1" "$found"
    failed=1
  fi
}

folders=()
for folder in core layers data optim apps tests bench; do
  [[ -d $folder ]] && folders+=("$folder")
done
library=()
for folder in core layers data optim; do
  [[ -d $folder ]] && library+=("$folder")
done

include='^[[:space:]]*#[[:space:]]*include[[:space:]]*'

# What a folder may include besides itself; "core+" is core with its subfolders. A part and its base class may know each
# other: so may a folder and its own subfolder.
allowed='
core              core/kernels
core/kernels      core
core/config       core
core/io           core core/config
data              core+ data/table
data/table        core+
layers            core+ layers/activations layers/losses
layers/activations  core+ layers
layers/losses     core+ layers
optim/optimizers  core+ layers
optim/metrics     core+ layers data
optim/health      core+ layers data optim/optimizers
optim             core+ layers layers/activations layers/losses data optim/optimizers optim/metrics optim/health
optim/run         data/table core+ layers layers/activations layers/losses data optim/optimizers optim/metrics optim/health optim
optim/run/diagnosis  core+ layers layers/activations layers/losses data optim/optimizers optim optim/run
'
allowed=${allowed//core+/core core\/kernels core\/config core\/io}

if ((${#library[@]})); then
  none "a folder includes what the design allows it to (the table in check_arrows.sh)" < <(include_edges "${library[@]}" |
    awk -v table="$allowed" '
      function folder(file) { sub(/\/[^\/]*$/, "", file); return file }
      BEGIN {
        rows = split(table, row, "\n")
        for (i = 1; i <= rows; i++) {
          words = split(row[i], word, " ")
          for (j = 1; j <= words; j++) may[word[1], word[j]] = 1
        }
      }
      !((folder($1), folder($2)) in may)')
  none "files include each other in no circle" < <(include_edges "${library[@]}" | tsort 2>&1 >/dev/null)
  none "folders include each other in no circle, but for a folder and its own subfolder" \
    < <(folder_edges "${library[@]}" | awk 'index($1, $2 "/") != 1 && index($2, $1 "/") != 1' | tsort 2>&1 >/dev/null)
fi

none "headers of Hinge are included as <hinge/...>, others as \"support/...\", \"exercise/...\", \"explain/...\", \"compare/...\", \"arguments/...\", \"export/...\" or from their own folder" \
  < <(lines "$include\"" "${folders[@]}" | except '^(tests|bench)/[^:]*:.*"(support/)?[a-z_]+\.h"' |
    except '^tests/(command|playground)/[^:]*:.*"((compare|drawing|exercise|explain|playground|report)/)?[a-z_0-9]+\.h"' |
    except '^apps/[^:]*:.*"((arguments|compare|drawing|exercise|explain|export|report)/)?[a-z_0-9]+\.h"')
none "no public header includes nlohmann/json.hpp" \
  < <(lines "$include<nlohmann/" "${library[@]}" | except '^[^:]*\.cpp:')
none "files are opened in core/io/file.cpp only" \
  < <(lines "$include<(zlib\.h|fstream|filesystem|fcntl\.h|unistd\.h|cstdio|stdio\.h)>" "${library[@]}" | except '^core/(io/file|portable_number)\.cpp:')
none "numbers are read in core/number.cpp and core/portable_number.cpp only" \
  < <(lines '(from_chars|strto[dflu]|sto[dfil]|ato[fil]|scanf) *\(' "${library[@]}" | except '^core/(portable_)?number\.cpp:')
none "threads are started in core/threads.cpp only; what waits for MPI sleeps" \
  < <(lines "$include<(thread|future|execution|omp\.h)>" "${library[@]}" | except '^core/(threads|mpi_communicator)\.cpp:')
none "MPI is known to core/mpi_communicator.cpp only" \
  < <(lines "$include<mpi\.h>" "${folders[@]}" | except '^core/mpi_communicator\.cpp:')
none "the library includes no <ranges>, <format>, <iostream>" \
  < <(lines "$include<(ranges|format|iostream)>" "${library[@]}")

exit $failed
