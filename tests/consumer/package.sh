#!/usr/bin/env bash
# The packages that cpack makes hold what users look for: the command with its manual and completions, which know each command, and the
# libraries, which programs of C and C++ link by pkg-config.
#
#   package.sh BUILD_FOLDER WORK_FOLDER CXX
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

(cd "$built" && quietly cpack -B "$work/packages")
mkdir "$work/unpacked"
tar -xzf "$work"/packages/*.tar.gz -C "$work/unpacked" --strip-components 1
if command -v dpkg-deb >/dev/null; then
  dpkg-deb -x "$work"/packages/*.deb "$work/deb"
  diff <(cd "$work/deb/usr" && find . -type f | sort) <(cd "$work/unpacked" && find . -type f | sort)
fi
bin=$work/unpacked/bin
[[ $("$bin/hinge" --version) == "hinge "* ]]

share=$work/unpacked/share
for file in doc/hinge/docs/lessons/README.md doc/hinge/examples/digits.cpp doc/hinge/examples/predict.c doc/hinge/configs/digits.json doc/hinge/LICENSE; do
  [[ -f $share/$file ]] || { echo "there is no $file"; exit 1; }
done
# Each command has a place in the manual and in both completions.
"$bin/hinge" --help | sed -n '/^Subcommands:/,$p' | sed -nE 's/^  ([a-z]+) .*/\1/p' >"$work/commands"
(($(wc -l <"$work/commands") > 20))
while read -r command; do
  grep -q "^\.SS \"hinge $command" "$share/man/man1/hinge.1" || { echo "the manual has no $command"; exit 1; }
  grep -q "^    '$command:" "$share/zsh/site-functions/_hinge" || { echo "zsh does not know $command"; exit 1; }
done <"$work/commands"

# complete WORD…: what bash offers for the last one.
complete_words() {
  bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hinge; echo "${COMPREPLY[*]}"' - \
    "$share/bash-completion/completions/hinge" "$@"
}
[[ $(complete_words hinge ev) == evaluate && $(complete_words hinge train --see) == "--seed --seeds" ]]
[[ -z $(complete_words hinge train config) ]]  # files, by bash itself
! command -v zsh >/dev/null || zsh -n "$share/zsh/site-functions/_hinge"

if command -v pkg-config >/dev/null; then
  pc=$(dirname "$(find "$work/unpacked" -name hinge.pc)")
  export PKG_CONFIG_PATH=$pc
  # A path may have a space: what pkg-config prints is for a shell to read.
  eval "needs=($(pkg-config --cflags --libs hinge-predict))"
  quietly "${CC:-cc}" -std=c99 "$consumer/predict.c" "${needs[@]}" -o "$work/predict"
  quietly "$work/predict"
  eval "needs=($(pkg-config --cflags --libs hinge))"
  quietly "${CC:-cc}" -std=c99 "$consumer/../clients/c_client.c" "${needs[@]}" -o "$work/client"
  quietly "$CXX" -std=c++20 "$consumer/main.cpp" "${needs[@]}" -o "$work/program"
  quietly "$work/program"
fi
echo "passed: packages"
