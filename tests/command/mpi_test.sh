#!/usr/bin/env bash
# hinge under mpirun: a study and a run leave what one process leaves, an error is said once, and what lost a rank goes on.
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

# Several runs at a time on a rank.
on 2 "${study[@]}" --out jobs --jobs 3 >output 2>&1 || fail "three jobs: $(cat output)"
same jobs

# refused MESSAGE ARGUMENT…: on two ranks, with exit code 2 and the message once.
refused() {
  local message=$1 code=0
  shift
  on 2 "$@" >output 2>&1 || code=$?
  [[ $code == 2 ]] || fail "$*: exit code $code: $(cat output)"
  [[ $(grep -cF "$message" output) == 1 ]] || fail "$*: not said once: $(cat output)"
}
refused 'train/shards: found 1, which 2 processes cannot share evenly; add --set train.shards=2, or train as one process' \
  train config.json --out single
refused 'layer 2, batch_norm, needs the samples of a batch together: shards must be 1' train config.json --out single --set train.shards=2 --set \
  'model.layers=[{"type": "dense", "units": 8}, {"type": "batch_norm"}, {"type": "dense", "units": 2}]'
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

# A rank that sees another folder.
cp config.json other
code=0
"$mpirun" -n 2 ./rank.sh "$hinge" train config.json --seeds 1..3 --out apart >output 2>&1 || code=$?
[[ $code == 2 ]] && grep -q 'rank 1: apart is not there as it is on rank 0' output || fail "another folder: $code, $(cat output)"
[[ ! -e other/apart ]] || fail "a study was divided between two folders"

# One rank is killed, which ends the job; the same command trains what is missing, on another number of ranks.
sed 's/"epochs": 5/"epochs": 100000/' config.json >long.json  # a second or so for each run
"$hinge" train long.json --seeds 1..5 --out long-alone --quiet >/dev/null

# signal_rank SIGNAL RANK ARGUMENTS FILE: to the process of that rank whose arguments begin so, when the file is there.
signal_rank() {
  local process
  for _ in {1..600}; do
    [[ -e $4 ]] && break
    sleep 0.02
  done
  for process in /proc/[0-9]*; do
    [[ $(tr '\0' ' ' 2>/dev/null <"$process/cmdline") == "$hinge $3"* ]] || continue
    grep -qzxE "(OMPI_COMM_WORLD|PMI|PMIX)_RANK=$2" "$process/environ" || continue
    kill "-$1" "${process#/proc/}" && return
  done
  fail "rank $2 is not at work: $(cat output)"
}

# ended_by SIGNAL RANK: the study, of which a rank got the signal on the way, fails.
ended_by() {
  local job code=0
  rm -rf long
  on 2 train long.json --seeds 1..5 --out long --quiet >output 2>&1 &
  job=$!
  signal_rank "$1" "$2" 'train long.json ' long/seed-1/model.safetensors
  wait "$job" || code=$?
  [[ $code != 0 ]] || fail "rank $2 got $1, and the exit code is 0: $(cat output)"
}

# goes_on_as_alone: the same command again, on three ranks.
goes_on_as_alone() {
  local run
  on 3 train long.json --seeds 1..5 --out long >output 2>&1 || fail "the same command again: $(cat output)"
  grep -q 'note: the study in long is not finished: it goes on' output || fail "the same command began anew: $(cat output)"
  for run in long-alone/seed-*; do
    cmp "$run/model.safetensors" "long/${run#*/}/model.safetensors" || fail "another model after the signal than $run"
  done
}
for rank in 0 1; do
  ended_by KILL "$rank"
  [[ ! -e long/summary.json ]] || fail "a study with a killed rank came to an end"
  goes_on_as_alone
done
ended_by TERM 1
goes_on_as_alone

# An error on a rank in the middle of the study ends all at once.
rm -rf long
"$hinge" train long.json --seeds 1..5 --out long --quiet >/dev/null
rm -rf long/summary.json long/seed-*
touch long/seed-2
code=0
on 2 train long.json --seeds 1..5 --out long --jobs 2 >output 2>&1 || code=$?
[[ $code == 2 && $(grep -c 'error: .*long/seed-2 is a file' output) == 1 ]] || fail "a file in the way: $code, $(cat output)"
[[ ! -e long/seed-5/model.safetensors ]] || fail "the study went on after an error"

# A run that ranks share: the same model, ledger and figures for any number of ranks and threads.
figures() { grep -vE '"(seconds|ranks|shards|bytes_per_step|exchange_seconds|distributed|samples_per_second)"|^  }' "$1/summary.json"; }
shared() {
  local name=$1 ranks threads
  shift
  "$hinge" train config.json --set train.shards=4 "$@" --out "$name" --quiet >/dev/null
  for ranks in 1 2 4; do
    for threads in 1 2; do
      on "$ranks" train config.json --set train.shards=4 "$@" --set train.threads=$threads --out "$name-$ranks-$threads" \
        --quiet >output 2>&1 || fail "$name on $ranks ranks: $(cat output)"
      cmp "$name/model.safetensors" "$name-$ranks-$threads/model.safetensors" || fail "$name on $ranks ranks: another model"
      cmp "$name/health.jsonl" "$name-$ranks-$threads/health.jsonl" || fail "$name on $ranks ranks: another ledger"
      diff <(figures "$name") <(figures "$name-$ranks-$threads") || fail "$name on $ranks ranks: other figures"
    done
  done
}
dense='{"type": "dense", "units": 8, "activation": "relu"}'
last='{"type": "dense", "units": 2}'
shared sgd --set optimizer=sgd
shared momentum --set 'optimizer={"type": "sgd", "momentum": 0.9}' --set train.clip_norm=0.5
shared adam --set 'train.schedule={"type": "cosine", "period": 5}'
shared dropout --set "model.layers=[$dense, {\"type\": \"dropout\", \"rate\": 0.25}, $last]"
shared layer_norm --set "model.layers=[$dense, {\"type\": \"layer_norm\"}, $last]"
shared residual --set "model.layers=[$dense, {\"type\": \"residual\", \"layers\": [$dense]}, $last]"
shared weights --set 'loss={"type": "softmax_cross_entropy", "class_weights": [1, 3]}' --set train.accumulate=2
shared ragged --set train.batch_size=13
shared uneven --set train.batch_size=3 --set data.samples=131
shared early --set 'data.validation={"fraction": 0.25}' --set 'train.early_stopping={"patience": 2}' --set train.averaging=0.9
grep -q '"distributed": {' adam-4-2/summary.json || fail "what the ranks exchanged is missing"
! grep -q '"distributed": {' adam/summary.json || fail "one process exchanged something"

# Each of two ranks sends 2 · ½ · 42 numbers of the gradient, ½ · 2 · 16 of the outputs, and 8 bytes that ask for interrupts.
on 2 train config.json --set train.shards=2 --set train.epochs=1 --set 'data={"type": "moons", "samples": 160}' --out exact \
  --quiet >output 2>&1 || fail "exact: $(cat output)"
grep -q '"bytes_per_step": 240,' exact/summary.json || fail "bytes: $(grep -A 5 distributed exact/summary.json)"

# One rank is killed, or told to stop; four others go on to the same end.
cat >shared.json <<'JSON'
{"data": {"type": "moons", "samples": 400},
 "model": {"layers": [{"type": "dense", "units": 256, "activation": "relu"}, {"type": "dense", "units": 256, "activation": "relu"},
                      {"type": "dense", "units": 2}]},
 "loss": "softmax_cross_entropy", "optimizer": "adam",
 "train": {"epochs": 1000, "batch_size": 100, "shards": 4, "checkpoint": {"seconds": 0.05}}}
JSON
"$hinge" train shared.json --out whole --quiet >/dev/null
for signal in KILL TERM; do
  rm -rf left
  on 2 train shared.json --out left >output 2>&1 &
  job=$!
  signal_rank "$signal" 1 'train shared.json ' left/checkpoint.safetensors
  code=0
  wait "$job" || code=$?
  [[ $code != 0 ]] || fail "rank 1 got $signal, and the exit code is 0: $(cat output)"
  [[ $signal == KILL ]] || grep -q 'note: hinge train --resume left' output || fail "no way to go on: $(cat output)"
  on 4 train --resume left --quiet >output 2>&1 || fail "after $signal: $(cat output)"
  cmp whole/model.safetensors left/model.safetensors || fail "another model after $signal"
done

# A rank with another config: nothing is written.
sed 's/"epochs": 5/"epochs": 6/' config.json >other/config.json
code=0
"$mpirun" -n 2 ./rank.sh "$hinge" train config.json --set train.shards=2 --out mixed >output 2>&1 || code=$?
[[ $code == 2 ]] && grep -q 'rank 1 has another run than rank 0, by its config' output || fail "another run: $code, $(cat output)"
[[ ! -e mixed && ! -e other/mixed ]] || fail "a refused run left a folder"

# hinge bench on ranks: the exchange, and an estimate for each number of ranks.
on 2 bench config.json --set train.shards=8 --seconds 0.2 >output 2>&1 || fail "bench: $(cat output)"
for row in shards exchange other 'all steps' epoch; do
  grep -qE "^$row( +[0-9]+\.[0-9]+)+$" output || fail "bench: no row $row: $(cat output)"
done
for ranks in 1 2 4 8; do
  grep -qE "^$ranks( +[0-9]+\.[0-9]+){2}$" output || fail "bench: no estimate for $ranks ranks: $(cat output)"
done
on 2 bench config.json --set train.shards=2 --seconds 0.2 --json >output 2>/dev/null || fail "bench --json: $(cat output)"
grep -q '"latency_us"' output || fail "bench --json: $(cat output)"
echo "ranks leave what one process leaves"
