#!/usr/bin/env bash
# Proves from the include lines that the folders depend on each other as the design says, and that threads, files and
# number parsing stay in the few sources made for them. Prints every line that breaks a rule.
#
#   check_arrows.sh ROOT
set -euo pipefail
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

arrows() {
  [[ -d $1 ]] || return 0
  none "$1 includes Hinge's headers from ${2//|/, } only" < <(lines "$include<hinge/" "$1" | except "<hinge/($2)/")
}
arrows core 'core'
arrows layers 'core|layers'
arrows data 'core|data'
arrows optim 'core|layers|data|optim'

none "headers of Hinge are included as <hinge/...>, others as \"support/...\", \"explain/...\", \"arguments/...\" or from their own folder" \
  < <(lines "$include\"" "${folders[@]}" | except '^(tests|bench)/[^:]*:.*"(support/)?[a-z_]+\.h"' |
    except '^apps/[^:]*:.*"((explain|arguments)/)?[a-z_]+\.h"')
none "no public header includes nlohmann/json.hpp" \
  < <(lines "$include<nlohmann/" "${library[@]}" | except '^[^:]*\.cpp:')
none "files are opened in core/io/file.cpp only" \
  < <(lines "$include<(zlib\.h|fstream|filesystem|fcntl\.h|unistd\.h|cstdio|stdio\.h)>" "${library[@]}" | except '^core/io/(file|checksum)\.cpp:')
none "numbers are read in core/number.cpp only" \
  < <(lines '(from_chars|strto[dflu]|sto[dfil]|ato[fil]|scanf) *\(' "${library[@]}" | except '^core/number\.cpp:')
none "threads are started in core/threads.cpp only" \
  < <(lines "$include<(thread|future|execution|omp\.h)>" "${library[@]}" | except '^core/threads\.cpp:')
none "the library includes no <ranges>, <format>, <iostream>" \
  < <(lines "$include<(ranges|format|iostream)>" "${library[@]}")

exit $failed
