#!/usr/bin/env bash
# hinge under mpirun: a study leaves what one process leaves, an error is said once, and a study whose rank was killed goes on.
#
#   mpi_test.sh HINGE MPIRUN SCRATCH
set -euo pipefail
hinge=$1
mpirun=$2
rm -rf "$3"
mkdir -p "$3"
cd "$3"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1

fail() {
  echo "FAILED: $*"
  exit 1
}

cat >config.json <<'JSON'
{"data": {"type": "moons", "samples": 200, "test": {"fraction": 0.25}},
 "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 2}]},
 "loss": "softmax_cross_entropy", "optimizer": "adam", "train": {"epochs": 5, "batch_size": 16}}
JSON

on() {
  local count=$1
  shift
  "$mpirun" -n "$count" "$hinge" "$@"
}

# same FOLDER: what the study left is what `alone` has, but for the seconds.
same() {
  local run
  for run in alone/seed-*/fold-*; do
    cmp "$run/model.safetensors" "$1/${run#alone/}/model.safetensors" || fail "$1: another model than $run"
    cmp "$run/health.jsonl" "$1/${run#alone/}/health.jsonl" || fail "$1: another ledger than $run"
  done
  diff <(without_seconds alone) <(without_seconds "$1") || fail "$1: another summary"
}

without_seconds() {
  awk '/"seconds": \{/ { inside = 1 } !inside && !/"seconds"/ { print } /\}/ { inside = 0 }' "$1/summary.json"
}

study=(train config.json --seeds 1..4 --folds 3)
"$hinge" "${study[@]}" --out alone --quiet >/dev/null
[[ $(without_seconds alone | wc -l) -gt 100 ]] || fail "the summary is empty"

for count in 1 2 4; do
  on "$count" "${study[@]}" --out "on-$count" --jobs 1 >output 2>&1 || fail "$count ranks: $(cat output)"
  [[ $(grep -c 'finished with 12 of 12 runs' output) == 1 ]] || fail "$count ranks: the result is not said once: $(cat output)"
  same "on-$count"
done

# Other commands are done by one process.
[[ $(on 3 --version | wc -l) == 1 ]] || fail "--version is said by several ranks"
[[ $(on 3 inspect alone/seed-1/fold-1 | sort | uniq -d | grep -c parameters) == 0 ]] || fail "inspect is said by several ranks"

# refused MESSAGE ARGUMENT…: on two ranks, with exit code 2 and the message once.
refused() {
  local message=$1 code=0
  shift
  on 2 "$@" >output 2>&1 || code=$?
  [[ $code == 2 ]] || fail "$*: exit code $code: $(cat output)"
  [[ $(grep -cF "$message" output) == 1 ]] || fail "$*: not said once: $(cat output)"
}
refused '2 processes cannot share a single run' train config.json --out single
refused 'nowhere.json: No such file or directory' train nowhere.json --seeds 1,2
refused 'unknown option "--seedz"' train config.json --seedz 1,2
refused 'on-2 is not empty' train config.json --seeds 1,2 --out on-2
[[ ! -e single ]] || fail "a refused run left a folder"

# A rank with other data: nothing is written.
cat >rank.sh <<'SH'
#!/bin/sh
if [ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 1 ]; then cd other; fi
exec "$@"
SH
chmod +x rank.sh
mkdir other
sed 's/200/201/' config.json >other/config.json
code=0
"$mpirun" -n 2 ./rank.sh "$hinge" train config.json --seeds 1..3 --out mixed >output 2>&1 || code=$?
[[ $code == 2 ]] && grep -q 'rank 1 has another study than rank 0, by its config' output || fail "another config: $code, $(cat output)"
rm other/config.json
code=0
"$mpirun" -n 2 ./rank.sh "$hinge" train config.json --seeds 1..3 --out mixed >output 2>&1 || code=$?
[[ $code == 2 ]] && grep -q 'rank 1: config.json: No such file or directory' output || fail "no config: $code, $(cat output)"
[[ ! -e mixed ]] || fail "a refused study left a folder"

# One rank is killed, which ends the job; the same command trains what is missing, on another number of ranks.
sed 's/"epochs": 5/"epochs": 3000/' config.json >long.json
"$hinge" train long.json --seeds 1..5 --out long-alone --quiet >/dev/null
on 2 train long.json --seeds 1..5 --out long --quiet >output 2>&1 &
job=$!
for _ in {1..600}; do
  [[ -e long/seed-1/model.safetensors ]] && break
  sleep 0.05
done
pkill -KILL -n -f "^$hinge train long.json" || fail "no rank is at work: $(cat output)"
code=0
wait "$job" || code=$?
[[ $code != 0 && ! -e long/summary.json ]] || fail "a killed rank went unnoticed: $code, $(cat output)"
on 3 train long.json --seeds 1..5 --out long >output 2>&1 || fail "the same command again: $(cat output)"
grep -q 'note: long has the beginning of this study' output || fail "the same command began anew: $(cat output)"
for run in long-alone/seed-*; do
  cmp "$run/model.safetensors" "long/${run#*/}/model.safetensors" || fail "another model after the kill than $run"
done
echo "ranks leave what one process leaves"
