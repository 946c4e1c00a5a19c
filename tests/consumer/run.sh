#!/usr/bin/env bash
# Builds and runs main.cpp and a plugin the ways an application uses Hinge: find_package with a static and a shared library,
# FetchContent, add_subdirectory.
#
#   run.sh BUILD_FOLDER WORK_FOLDER CXX
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Installed, then moved: nothing in an installation may know where it was made.
quietly cmake --install "$built" --prefix "$work/prefix"
mv "$work/prefix" "$work/moved prefix"
build_and_run "find_package static" "-DCMAKE_PREFIX_PATH=$work/moved prefix"

# These two compile Hinge again, hardly optimised: it is about building and linking.
quick=(-DCMAKE_CXX_FLAGS_RELEASE=-O0 "-DHINGE_FOLDER=$hinge")
build_and_run "FetchContent static" "${quick[@]}" -DHINGE_FETCH=ON
build_and_run "add_subdirectory shared" "${quick[@]}" -DBUILD_SHARED_LIBS=ON -DHINGE_INSTALL=ON

quietly cmake --install "$work/add_subdirectory shared" --prefix "$work/shared prefix"
build_and_run "find_package shared" "-DCMAKE_PREFIX_PATH=$work/shared prefix"
