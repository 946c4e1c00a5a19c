#!/usr/bin/env bash
# What documents show of the console is what comes out: every `$ …` in their blocks ```console is run, in one folder for each
# document, and must print the lines below it. A line `…` stands for any lines, also at the end; a last line `(exit code 1)`
# says how it ends, if not with 0. Where a document names a source of apps/examples, its block ```cpp must be that source.
# Commands can be typed in bash and in zsh, to which an unquoted [ is a pattern.
#
#   console_test.sh HINGE EXAMPLES ROOT SCRATCH DOCUMENT…
set -euo pipefail
hinge=$1
examples=$2
root=$3
scratch=$4
shift 4
rm -rf "$scratch"
mkdir -p "$scratch/bin"
ln -s "$hinge" "$scratch/bin/hinge"
for example in "$examples"/hinge_example_*; do ln -s "$example" "$scratch/bin/${example##*/hinge_example_}"; done
# Figures of a training are those of processors with AVX2; others round products differently.
if "$hinge" --version | grep -q baseline; then
  echo "skipped: this processor has no AVX2"
  exit 77
fi
export PATH="$scratch/bin:$PATH" NO_COLOR=1
commands=0

# check DOCUMENT COMMAND: runs it; `wanted` must be in what it prints.
check() {
  local document=$1 command=$2 status=0 at=0 skips=0 expected=0 line
  if [[ $(sed -E "s/'[^']*'|\"[^\"]*\"//g" <<<"$command") == *[][]* ]]; then
    echo "$document: zsh takes a bracket for a pattern: quote it in $command"
    exit 1
  fi
  if [[ $command == *libhinge.a* && ! -e build/default/libhinge.a ]]; then
    echo "$document: $command: skipped: this build has a shared library"
    return
  fi
  if ((${#wanted[@]})) && [[ ${wanted[-1]} =~ ^\(exit\ code\ ([0-9]+)\)$ ]]; then
    expected=${BASH_REMATCH[1]}
    unset 'wanted[-1]'
  fi
  bash -o pipefail -c "$command" >output 2>&1 </dev/null || status=$?
  mapfile -t printed < <(sed 's/ *$//' output)
  commands=$((commands + 1))
  # Some programs need what is not here, such as NumPy.
  if [[ ${printed[0]:-} == 'skipped: '* ]] || { [[ $command == python3* ]] && ! command -v python3 >/dev/null; }; then
    echo "$document: $command: ${printed[0]:-skipped}"
    return
  fi
  for line in "${wanted[@]}"; do
    if [[ $line == … ]]; then
      skips=1
      continue
    fi
    if ((skips)) && [[ -z $line ]]; then continue; fi  # too many lines are empty to look for one
    while ((skips && at < ${#printed[@]})) && [[ ${printed[at]} != "$line" ]]; do at=$((at + 1)); done
    if ((at >= ${#printed[@]})) || [[ ${printed[at]} != "$line" ]]; then
      printf '%s shows, of %s:\n  %s\nbut it prints:\n  %s\n' "$document" "$command" "$line" "${printed[at]:-nothing more}"
      cat output
      exit 1
    fi
    at=$((at + 1))
    skips=0
  done
  if ((status != expected)); then
    echo "$document: exit code $status of $command: $(cat output)"
    exit 1
  fi
  if ((${#wanted[@]} && !skips && at < ${#printed[@]})); then
    printf '%s leaves out, of %s:\n  %s\n' "$document" "$command" "${printed[at]}"
    exit 1
  fi
}

for document in "$@"; do
  before=$commands
  folder="$scratch/$(basename "$document" .md)"
  mkdir -p "$folder"
  cd "$folder"
  ln -s "$root/configs" "$root/docs" "$root/apps" .
  mkdir build
  ln -s "$(dirname "$hinge")" build/default
  example=$(sed -nE 's|.*\((\.\./)+(apps/examples/.*\.cpp)\).*|\2|p' "$root/$document")
  if [[ -n $example ]]; then
    awk '$0 == "```cpp" { inside = 1; next } $0 == "```" { inside = 0 } inside' "$root/$document" >block.cpp
    diff -u "$root/$example" block.cpp || { echo "$document does not show $example"; exit 1; }
  fi
  in_block=0 command='' wanted=()
  while IFS= read -r line; do
    if [[ $line == '```console' ]]; then
      in_block=1
    elif ((in_block)) && [[ $line == '```' || $line == '$ '* ]]; then
      [[ -z $command ]] || check "$document" "$command"
      command='' wanted=()
      if [[ $line == '```' ]]; then in_block=0; else command=${line#\$ }; fi
    elif ((in_block)); then
      wanted+=("${line%"${line##*[! ]}"}")
    fi
  done <"$root/$document"
  ((commands > before)) || { echo "$document shows no command"; exit 1; }
done
((commands > 0)) || { echo "no commands"; exit 1; }
echo "$commands commands print what the documents show"
