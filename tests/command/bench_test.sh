#!/usr/bin/env bash
# hinge bench: its figures hang together for every config, it leaves nothing behind, and Ctrl-C ends it. How fast this
# machine is says nothing here.
#
#   bench_test.sh HINGE CONFIGS SCRATCH …
set -euo pipefail
hinge=$1
configs=$2
rm -rf "$3"
mkdir -p "$3/work"
cd "$3/work"

fail() {
  echo "FAILED: $*"
  exit 1
}

# bench PHASES ARGUMENT…: benches briefly; exactly these phases, in this order, must come up, each of 0 or more, the
# percentages come to 100, and the milliseconds to those of an epoch.
bench() {
  local phases=$1 key
  shift
  "$hinge" bench "$@" --seconds 0.1 --json >../json 2>../progress || fail "$*: exit code $?: $(cat ../progress)"
  grep -q '^measuring for about' ../progress || fail "$*: no progress: $(cat ../progress)"
  [[ $(sed -nE 's/^    "(.*)": \{$/\1/p' ../json | xargs) == "$phases" ]] || fail "$*: phases: $(cat ../json)"
  for key in peak_gflops parameters samples batch_size accumulate steps_per_epoch flop_per_sample samples_per_second \
    us_per_step gflops percent_of_peak ms_per_epoch; do
    awk -v key="\"$key\":" '$1 == key && /^  "/ { found = $2 + 0 > 0 && $2 !~ /nan|inf/ } END { exit !found }' ../json ||
      fail "$*: $key: $(cat ../json)"
  done
  awk '/^      "/ { value = $2 + 0; if (value < 0 || $2 ~ /nan|inf/) bad = 1 }
       /^      "percent"/ { percent += value }
       /^      "us_per_step"/ { step += value }
       /^      "ms_per_epoch"/ { parts += value }
       /^  "us_per_step"/ { whole_step = $2 + 0 }
       /^  "ms_per_epoch"/ { epoch = $2 + 0 }
       function near(a, b) { return a > 0.999 * b && a < 1.001 * b }
       END { exit bad || !near(percent, 100) || !near(step, whole_step) || !near(parts, epoch) }' ../json ||
    fail "$*: figures: $(cat ../json)"
}
value() { sed -nE "s/^  \"$1\": ([^,]*),?$/\1/p" ../json; }

# The ready-to-run configs whose data is here.
step='gather forward loss backward update other'
for config in digits dying_leaky_relu dying_relu iris sine spirals xor; do
  phases="$step health"
  "$hinge" check "$configs/$config.json" | grep -q ' 0 validation' || phases+=' validation'
  bench "$phases" "$configs/$config.json"
done
bench "$step" "$configs/reference/digits_dropout.json"

bench "$step health" "$configs/digits.json"
[[ $(value parameters) == 4810 && $(value samples) == 1438 && $(value steps_per_epoch) == 45 && $(value epochs) == 30 ]] ||
  fail "digits: $(cat ../json)"
[[ $(value flop_per_sample) == $((4 * 64 * 64 + 6 * 64 * 10)) ]] || fail "operations: $(cat ../json)"

# Whatever else a step may have.
iris=("$configs/iris.json" --set 'model.layers=[{"type": "dense", "units": 16, "activation": "prelu"},
  {"type": "dropout"}, {"type": "dense", "units": 3}]')
bench "$step health" "${iris[@]}" --set train.accumulate=4 --set train.averaging=0.99 --set train.clip_norm=1 \
  --set 'loss={"type": "softmax_cross_entropy", "class_weights": [1, 2, 0]}' --set train.shuffle=false
[[ $(value accumulate) == 4 ]] || fail "accumulate: $(cat ../json)"
bench "$step health validation" "${iris[@]}" --set 'data.validation={"fraction": 0.2}' --set 'train.schedule={"type": "cosine", "period": 9}' \
  --set 'train.early_stopping={"patience": 2}' --set train.batch_size=1000000 --set optimizer=rprop
bench "$step" "${iris[@]}" --set health.samples=0 --set train.epochs=0 --set train.batch_size=1 \
  --set optimizer.learning_rate=1e-4
[[ $(value epochs) == 0 && $(value seconds_of_all_epochs) == 0 ]] || fail "no epochs: $(cat ../json)"
bench 'shards exchange other health' "$configs/digits.json" --set train.shards=4 --set train.accumulate=2
bench "$step health" "$configs/dying_relu.json" --set health.recycle.every=1 --set train.batch_size=7

# For people: at most 80 columns, and every phase.
"$hinge" bench "$configs/digits.json" --seconds 0.1 >../table 2>/dev/null
for row in gather forward loss backward update other 'all steps' health epoch; do
  grep -qE "^$row( +[0-9]+\.[0-9]+)+$" ../table || fail "no row $row: $(cat ../table)"
done
"$hinge" bench --help >../help
for text in ../table ../help; do
  LC_ALL=C sed 's/[\x80-\xbf]//g' $text | LC_ALL=C awk 'length > 80 { wide = 1 } END { exit wide }' ||
    fail "wider than 80 columns: $(cat $text)"
done

# Training that diverges is no speed.
status=0
"$hinge" bench "$configs/iris.json" --set optimizer.learning_rate=1e30 >../json 2>../message || status=$?
((status == 1)) && [[ ! -s ../json ]] || fail "diverging gives $status: $(cat ../json)"
grep -q 'try a smaller learning_rate' ../message || fail "message: $(cat ../message)"

set -m  # without job control a shell starts jobs that ignore Ctrl-C
"$hinge" bench "$configs/digits.json" --seconds 1000 >../json 2>/dev/null &
set +m
sleep 0.5
kill -INT $!
status=0
wait $! || status=$?
((status == 130)) && [[ ! -s ../json ]] || fail "Ctrl-C gives $status: $(cat ../json)"

[[ -z $(ls -A) ]] || fail "files are left: $(ls -A)"
