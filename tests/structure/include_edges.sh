# For check_arrows.sh and scripts/draw-arrows.

# include_edges FOLDER…: prints "FILE INCLUDED" for every line of the folders that includes a header of Hinge.
include_edges() {
  { grep -rHoE --include='*.h' --include='*.cpp' '^[[:space:]]*#[[:space:]]*include[[:space:]]*<hinge/[^>]*>' "$@" || [[ $? == 1 ]]; } |
    sed -E 's/:.*<hinge\// /; s/>$//' | LC_ALL=C sort -u
}

# folder_edges FOLDER…: prints "FOLDER INCLUDED" for the folders, subfolders of their own.
folder_edges() { include_edges "$@" | sed -E 's/\/[^/ ]*( |$)/\1/g' | awk '$1 != $2' | LC_ALL=C sort -u; }
