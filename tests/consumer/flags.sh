#!/usr/bin/env bash
# Whatever an application is compiled with, on its side only, it links with Hinge, static and shared, and trains the same
# weights, bit for bit.
#
#   flags.sh BUILD_FOLDER WORK_FOLDER CXX few|all
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
quietly cmake --install "$built" --prefix "$work/prefix"
static=$(find "$work/prefix" -name libhinge.a)
shared=$work/libhinge.so  # the objects of both kinds are the same
quietly "$CXX" -shared -Wl,--whole-archive "$static" -Wl,--no-whole-archive -lz -pthread -o "$shared"

native=-march=native
avx2=-mavx2
[[ $(uname -m) == x86_64 ]] || avx2=-O1

# Compiler and flags.
few=(
  "$CXX -std=c++20 -O0"
  "$CXX -std=c++23 -O1 -fno-rtti $native"
)
all=()
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || continue
  for flags in -O0 "-O2 $avx2" "-O3 $native" "-O1 -fno-rtti" "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all"; do
    all+=("$compiler -std=c++20 $flags")
  done
  all+=("$compiler -std=c++2b -O1")
done

weights=
declare -n rows=$4
for row in "${rows[@]}"; do
  read -ra compile <<<"$row"
  quietly "${compile[@]}" -I "$work/prefix/include" -c "$consumer/main.cpp" -o "$work/main.o"
  for library in "$static" "$shared"; do
    quietly "${compile[@]}" "$work/main.o" "$library" -lz -pthread "-Wl,-rpath,$work" -o "$work/main"
    quietly "$work/main"
    : "${weights:=$(cat "$work/log")}"
    if [[ $(cat "$work/log") != "$weights" ]]; then
      echo "other weights: $row with $(basename "$library")"
      exit 1
    fi
  done
  echo "passed: $row"
done
