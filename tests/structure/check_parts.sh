#!/usr/bin/env bash
# Counts the files that know a part by its name, and, where the history is at hand, those that the commit touched which
# added it: no more than docs/extending.md says. Tests, documents, configs and comments do not count, nor do kernels, which
# are made for several parts, and what reads and writes the models of others or predicts without the layers, which must know them.
#
#   check_parts.sh ROOT
set -euo pipefail
cd "$1"
failed=0

# The largest number of files for each kind, as docs/extending.md says: `| activation | 3 | … |`.
most() { sed -nE "s/^\| $1 \| ([0-9]+) \|.*/\1/p" docs/extending.md; }

# check WHAT MOST FILES
check() {
  local count
  count=$(grep -c . <<<"$3" || true)
  if ((count > $2 || count == 0)); then
    printf '%s: %d files, at most %d are to know it:\n%s\n' "$1" "$count" "$2" "$3"
    failed=1
  fi
}

# known KIND NAME…: the part is known by each of these words.
known() {
  local kind=$1 words
  shift
  words=$(IFS='|'; echo "$*")
  check "$kind $1" "$(most "$kind")" \
    "$(grep -rnwE --include='*.h' --include='*.cpp' --include='*.cmake' "$words" core layers optim data cmake apps/hinge |
       grep -vE '^core/kernels/|^apps/hinge/export/|^layers/(network_import|prediction_steps)|^[^:]*:[0-9]+: *//' | cut -d: -f1 | sort -u)"
}

known activation Gelu gelu
known activation Mish mish
known loss Poisson poisson
known loss Quantile quantile
known loss MulticlassHinge multiclass_hinge
known optimizer Adagrad adagrad
known optimizer Rprop rprop
known layer BatchNorm batch_norm
known layer LayerNorm layer_norm
known layer Residual residual
known metric MacroF1 f1_macro
known 'data source' Proben1Source proben1

# added KIND HEADER: the commit that added the header.
added() {
  local commit
  commit=$(git log --diff-filter=A --format=%H -- "$2" | tail -1)
  # Without a parent it is no commit of its own: the history was cut there.
  git rev-parse -q --verify "$commit^" >/dev/null || return 0
  check "$2 in its commit" "$(most "$1")" \
    "$(git show --format= --name-only "$commit" -- core layers optim data cmake apps/hinge CMakeLists.txt)"
}

# A shallow clone has no such commits, an archive no history.
if [[ $(git rev-parse --is-shallow-repository 2>/dev/null || echo none) == false ]]; then
  added loss layers/losses/poisson.h
  added loss layers/losses/quantile.h
  added loss layers/losses/multiclass_hinge.h
  added layer layers/batch_norm.h
  added layer layers/layer_norm.h
  added layer layers/residual.h
fi
exit $failed
