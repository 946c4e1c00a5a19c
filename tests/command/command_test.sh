#!/usr/bin/env bash
# The command from end to end: train, evaluate, predict, inspect, check, schema, init; repeated to the byte.
#
#   command_test.sh HINGE CONFIGS SCRATCH PREDICT_CHECK WRITE_ODD_MODEL
set -euo pipefail
hinge=$1
configs=$2
predict_check=$4
write_odd_model=$5
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rm -rf "$3"
mkdir -p "$3/a b" "$3/elsewhere"
cd "$3"

fail() {
  echo "FAILED: $*"
  exit 1
}
value() { sed -nE "s/^ {0,2}\"${2//\//\\/}\": ([^,]*),?$/\1/p" "$1" | tail -n 1; }

# A run, twice and from its own config, gives the same bytes; so does a copy of the config and its data in another folder.
"$hinge" train "$configs/digits.json" --out first 2>progress >result
"$hinge" train "$configs/digits.json" --out 'a b/second' --quiet >/dev/null
cmp first/model.safetensors 'a b/second/model.safetensors' || fail "the second run differs"
"$hinge" train first/config.json --out third --quiet >/dev/null
cp -r "$configs" elsewhere/configs
(cd elsewhere && "$hinge" train configs/digits.json --out run --quiet >/dev/null)
cmp first/model.safetensors elsewhere/run/model.safetensors || fail "the run in another folder differs"
cmp first/model.safetensors third/model.safetensors || fail "config.json does not repeat its run"
(cd elsewhere/configs/data && "$hinge" train "$configs/digits.json" --set data.path=digits.csv --out inside --quiet >/dev/null)
cmp first/model.safetensors elsewhere/configs/data/inside/model.safetensors || fail "the path of the data is in the model"
! grep -aq 'digits.csv' first/model.safetensors || fail "a path in the model"
"$hinge" train "$configs/digits.json" --seed 2 --out other --quiet >/dev/null
cmp -s first/model.safetensors other/model.safetensors && fail "another seed gives the same model"

# What it leaves behind.
(($(wc -l <first/metrics.jsonl) == 30)) || fail "metrics.jsonl has not a line for each epoch"
grep -q '"dead/layer1": 0' first/metrics.jsonl || fail "no dead fraction in metrics.jsonl"
[[ $(ls first) == $'config.json\nhealth.jsonl\nmetrics.jsonl\nmodel.safetensors\nsummary.json' ]] || fail "files: $(ls first)"
awk -v a="$(value first/summary.json test/accuracy)" 'BEGIN { exit !(a >= 0.96) }' || fail "digits below 96 %"
grep -q 'epoch 30/30  loss' progress || fail "no plain line per epoch"
grep -q 'finished after 30 epochs, test loss' result || fail "result: $(cat result)"
! grep -q $'\x1b' progress || fail "escapes in a file"

# Evaluating repeats the summary, figure by figure.
evaluate_equals_summary() {
  diff <("$hinge" evaluate "$1" | sed -E 's/ +/ /') <(sed -nE 's/^  "(test\/[^"]*)": ([^,]*),?$/\1 \2/p' "$1/summary.json") ||
    fail "$1: evaluate and summary differ"
}
evaluate_equals_summary first
for figure in loss accuracy balanced_accuracy precision_macro recall_macro f1_macro top3_accuracy top5_accuracy log_loss; do
  grep -q "\"test/$figure\": [0-9.]*,$" first/summary.json || fail "no test/$figure in summary.json"
done

# The report: a line for each class, the matrix, whose cells are the samples; 80 columns, whatever the names.
"$hinge" evaluate first --report >report
[[ $(awk '/^class /, /^$/' report | grep -cE '^[0-9] +[0-9]+ +[0-9]+ +[01]\.[0-9]{4} ') == 10 ]] || fail "report: $(cat report)"
[[ $(sed '1,/^confusion matrix/d' report | tail -n 10 | awk '{ for (i = 2; i <= NF; i++) sum += $i } END { print sum }') == 359 ]] ||
  fail "confusion matrix: $(cat report)"
"$hinge" evaluate first --json >report.json
[[ $(grep -c '"f1": ' report.json) == 10 && $(grep -cE '^    \[([0-9]+, ){9}[0-9]+\],?$' report.json) == 10 ]] ||
  fail "evaluate --json has no classes or no matrix"
# Classes that nothing tells apart.
named_classes() {
  echo 'x,class'
  for ((i = 0; i < $1; i++)); do printf '1,"kind %02d, named at greater length than a page is wide ÄÖÜ"\n' "$i"; done
}
for count in 12 13; do
  named_classes $count >named.csv
  "$hinge" train "$configs/iris.json" --set train.epochs=1 --set model.layers='[{"type": "dense", "units": '$count'}]' \
    --set data='{"type": "csv", "path": "named.csv"}' --out "named-$count" --quiet >/dev/null
  "$hinge" evaluate "named-$count" --report >"report-$count"
  LC_ALL=C sed 's/[\x80-\xbf]//g' "report-$count" | LC_ALL=C awk 'length > 80 { wide = 1 } END { exit wide }' ||
    fail "a report wider than 80 columns: $(cat "report-$count")"
done
grep -qE '^12 kind 11, named .*… ' report-12 || fail "rows without numbers: $(cat report-12)"
grep -q '^the most frequent confusions$' report-13 || fail "no list for 13 classes: $(cat report-13)"
"$hinge" evaluate first "$configs/data/digits.csv" | grep -q '^data/accuracy *0\.9' || fail "evaluate with a file"
"$hinge" evaluate first/model.safetensors "$configs/data/digits.csv" --json >evaluation.json
[[ $(value evaluation.json data/samples) == 1797 ]] || fail "evaluate --json"

# Predicting: a row for each row, whatever the order of the columns.
"$hinge" predict first "$configs/data/digits.csv" >predictions.csv
(($(wc -l <predictions.csv) == 1798)) || fail "predictions: $(wc -l <predictions.csv) lines"
head -n 1 predictions.csv | grep -q '^class,p(0),p(1),' || fail "header: $(head -n 1 predictions.csv)"
awk -F, 'NR == FNR { label[FNR] = $NF; next } FNR > 1 && $1 == label[FNR] { hits++ } END { exit !(hits > 1750) }' \
  "$configs/data/digits.csv" predictions.csv || fail "predictions do not fit the labels"
awk -F, '{ line = $NF; for (i = NF - 1; i > 0; i--) line = line "," $i; print line }' "$configs/data/digits.csv" >turned.csv
"$hinge" predict first turned.csv | cmp - predictions.csv || fail "the order of columns matters"

"$predict_check" first/model.safetensors "$configs/data/digits.csv" predictions.csv ||
  fail "an application predicts other bits"
"$hinge" train "$configs/sine.json" --set train.epochs=20 --out sine --quiet >/dev/null
printf 'x\n-1\n0.5\n3\n' >x.csv
"$hinge" predict sine x.csv >y.csv
"$predict_check" sine/model.safetensors x.csv y.csv || fail "an application predicts other values"
evaluate_equals_summary sine
grep -q '"test/rmse": ' sine/summary.json || fail "no test/rmse in summary.json"
"$hinge" evaluate sine --report 2>&1 >/dev/null | grep -q '^note: --report is about classes' || fail "a report of no classes"

# Other tables: another delimiter, and gaps where the model knows what to fill them with.
tr , ';' <turned.csv >semicolons.csv
"$hinge" predict first semicolons.csv --delimiter ';' | cmp - predictions.csv || fail "predict --delimiter"
"$hinge" evaluate first semicolons.csv --delimiter ';' | grep -q '^data/accuracy *0\.9' || fail "evaluate --delimiter"
printf 'x,y\n1,2\n,3\n3,5\n' >gaps.csv
"$hinge" train "$configs/sine.json" --set data='{"type": "csv", "path": "gaps.csv", "missing": "mean"}' \
  --set train.epochs=1 --out gaps --quiet >/dev/null
(($("$hinge" predict gaps gaps.csv | wc -l) == 4)) || fail "predict with gaps"
[[ $("$hinge" evaluate gaps gaps.csv | awk '$1 == "data/loss" { print $2 }') == "$("$hinge" evaluate gaps | awk '$1 == "train/loss" { print $2 }')" ]] ||
  fail "a file with gaps is measured otherwise than by its run"

# A run's own data is measured as the model saw it, whatever has become of the training part since.
mkdir -p changed
sed '3s/^[^,]*/NA/; 6s/^[^,]*/NA/' "$configs/data/iris.csv" >changed/iris.csv  # a gap to learn with, and one to test with
"$hinge" train "$configs/iris.json" --set data.path=changed/iris.csv --set data.missing=mean --out changed/run --quiet >/dev/null
evaluate_equals_summary changed/run
cp changed/iris.csv changed/before.csv
awk -F, -v OFS=, 'NR > 1 && NR % 5 != 1 && $1 != "NA" { $1 *= 10 } { print }' changed/before.csv >changed/iris.csv
evaluate_equals_summary changed/run
sed 's/,2$/,two/' changed/before.csv >changed/iris.csv
status=0
"$hinge" evaluate changed/run >result 2>message || status=$?
((status == 2)) && [[ ! -s result ]] && grep -qF 'changed/run/config.json: the data has the class "two"' message ||
  fail "evaluate with other classes gives $status: $(cat message)"
sed '1s/sepal_width_cm/width/' changed/before.csv >changed/iris.csv
status=0
"$hinge" evaluate changed/run 2>message || status=$?
((status == 2)) && grep -qF 'changed/run/config.json: the data has the feature "width"' message ||
  fail "evaluate with other features gives $status: $(cat message)"
status=0
"$hinge" evaluate first/model.safetensors 2>message || status=$?
((status == 2)) && grep -qF 'name a data file to evaluate first/model.safetensors on' message ||
  fail "evaluate of a model without its folder gives $status: $(cat message)"

# A model that others wrote.
"$write_odd_model" odd.safetensors
"$hinge" inspect odd.safetensors --json >odd.json || fail "inspect of a note that is no JSON"
grep -qF '"author": "{not json"' odd.json && grep -qF '"data": "{not json either"' odd.json &&
  grep -qF '"plan": "{\"a\": 1}"' odd.json || fail "notes: $(cat odd.json)"
printf 'x\n1\n' >odd.csv
"$hinge" predict odd.safetensors odd.csv >odd.out
[[ $(tr '\0' 0 <odd.out | grep -cE '^class,p\(a0b\),p\(c\)$|^(a0b|c),[01]\.[0-9]*,[01]\.[0-9]*$') == 2 ]] ||
  fail "a zero byte cuts the output: $(cat -v odd.out)"

# The other commands.
"$hinge" inspect first | grep -q 'total  4810 parameters' || fail inspect
"$hinge" inspect first --json >inspected.json
"$hinge" check "$configs/iris.json" | grep -q '120 training, 0 validation, 30 test samples' || fail check
"$hinge" check "$configs/iris.json" --resolved >resolved.json
"$hinge" --version | grep -qE '^hinge [0-9]+\.[0-9]+\.[0-9]+ ' || fail version
HINGE_ISA=baseline "$hinge" --version | grep -q 'kernels baseline)$' || fail "HINGE_ISA"
HINGE_ISA=baseline "$hinge" train "$configs/xor.json" --out baseline --quiet >/dev/null
grep -q '"instruction_set": "baseline"' baseline/summary.json || fail "the instruction set in the summary"
if HINGE_ISA=avx512 "$hinge" --version >/dev/null 2>&1; then
  for set in avx2 avx512; do HINGE_ISA=$set "$hinge" train "$configs/iris.json" --out "$set" --quiet >/dev/null; done
  cmp avx2/model.safetensors avx512/model.safetensors || fail "AVX2 and AVX-512 train different models"
fi
status=0
HINGE_ISA=sse9 "$hinge" train "$configs/xor.json" --out never >/dev/null 2>message || status=$?
((status == 2)) && [[ ! -e never && $(cat message) == "hinge: HINGE_ISA=sse9: this processor runs "*baseline ]] || fail "HINGE_ISA=sse9 gives $status: $(cat message)"
"$hinge" train --help | grep -q -- '--set' || fail help
"$hinge" init new >/dev/null
"$hinge" train new/moons.json --out moons --json --quiet >moons.json
[[ $(value moons.json status) == '"finished"' ]] || fail "train --json"
[[ -z $("$hinge" train new/moons.json --quiet --out silent 2>&1 >/dev/null) ]] || fail "--quiet is not"
"$hinge" train new/moons.json --quiet --set train.epochs=1 >/dev/null
"$hinge" train new/moons.json --quiet --set train.epochs=1 >/dev/null
[[ -d runs/moons-1 && -d runs/moons-2 ]] || fail "runs/<name>-<n>: $(ls runs)"
"$hinge" train new/moons.json --quiet --set train.epochs=1 --out runs/moons-1 --force >/dev/null || fail "--force"
"$hinge" train new/moons.json --quiet --set optimizer.learning_rate=1e30 --out runs/moons-2 --force >/dev/null 2>&1 || true
[[ $(value runs/moons-2/summary.json status) == '"finished"' ]] || fail "a forced run that failed took the older one"
"$hinge" evaluate runs/moons-2 >/dev/null || fail "a forced run that failed took the older one's model"
[[ $(value runs/moons-2/unfinished/summary.json status) == '"failed"' ]] || fail "a forced run says nothing of its failure"
"$hinge" train new/moons.json --quiet --set train.epochs=2 --out runs/moons-2 --force >/dev/null || fail "--force again"
[[ $(ls runs/moons-2) == "$(ls first)" && $(value runs/moons-2/summary.json epochs) == 2 ]] || fail "--force: $(ls runs/moons-2)"
grep -q '"epochs": 2,' runs/moons-2/config.json || fail "--force leaves an older config"

# Runs at the same time have folders of their own, and one of them at most writes into a folder.
for _ in 1 2 3 4 5 6; do
  "$hinge" train "$configs/xor.json" --quiet >/dev/null &
  "$hinge" train "$configs/xor.json" --quiet --out together >/dev/null 2>&1 &
done
wait
[[ $(ls -d runs/xor-*/summary.json | wc -l) == 6 ]] || fail "runs at the same time: $(ls runs)"
[[ $(wc -l <together/metrics.jsonl) == 100 ]] || fail "two runs in one folder"

# What is known only after training keeps the model, and the summary says what happened.
printf 'x,y\n0,0\n1,1\n2,2\n3,3\n' >small.csv
printf 'x,y\n3e38,0\n' >large.csv
status=0
"$hinge" train "$configs/sine.json" --quiet --out overflow \
  --set model.layers='[{"type": "dense", "units": 1}]' \
  --set data='{"type": "csv", "path": "small.csv", "test_path": "large.csv"}' 2>message || status=$?
((status == 1)) || fail "a test part that overflows gives $status"
[[ $(value overflow/summary.json status) == '"failed"' && -n $(value overflow/summary.json epochs) ]] ||
  fail "overflow: $(cat overflow/summary.json)"
grep -q 'the loss is' overflow/summary.json || fail "the summary does not say why"
"$hinge" evaluate overflow small.csv >/dev/null || fail "the model is lost with the test part"

# Streams that are closed, full or broken: the run is saved, and only lost results are an error.
"$hinge" train "$configs/digits.json" --out piped 2>&1 | head -n 1 >/dev/null || true
cmp piped/model.safetensors first/model.safetensors || fail "a broken pipe ends the run"
"$hinge" train "$configs/digits.json" --out closed >/dev/null 2>&- <&- || fail "closed streams give $?"
cmp closed/model.safetensors first/model.safetensors || fail "closed streams change the model"
! grep -qv '^{.*}$' closed/metrics.jsonl || fail "progress lands in a file of the run"
for arguments in --help --version "train --help" "schema" "train $configs/xor.json --quiet --out"; do
  for stream in '>/dev/full' '>&-'; do
    status=0
    [[ $arguments == *--out ]] && out=" out${stream//[^a-z]/}" || out=
    (eval "exec '$hinge' $arguments$out $stream" 2>/dev/null) || status=$?
    ((status == 1)) || fail "hinge $arguments $stream gives $status"
  done
done
[[ -s out/model.safetensors && -s outdevfull/summary.json ]] || fail "no result without stdout"
status=0
(ulimit -f 1 && exec "$hinge" train "$configs/digits.json" --out limited >/dev/null 2>&1) || status=$?
((status == 1)) || fail "a limit on files gives $status"
[[ -z $(ls limited) ]] || fail "a limit on files leaves $(ls limited)"
# What does not fit into memory is named. (A sanitizer needs more than this to start at all.)
if (ulimit -v 400000 && "$hinge" --version >/dev/null 2>&1); then
  for row in 'gradients need 0.224 GiB|model.layers=[{"type": "dense", "units": 10000}, {"type": "dense", "units": 3000}, {"type": "dense", "units": 3}]' \
    'the data does not fit into memory|data={"type": "blobs", "samples": 90000000}'; do
    status=0
    (ulimit -v 400000 && exec "$hinge" check "$configs/iris.json" --set "${row#*|}" 2>message) || status=$?
    ((status == 2)) && grep -q "${row%%|*}" message || fail "too little memory gives $status: $(cat message)"
  done
fi
mkdir left && touch left/model.safetensors.new-123
"$hinge" train "$configs/xor.json" --quiet --out left >/dev/null || fail "what a killed run left is in the way"

# The reference of keys is that of the program.
sed -n '/^## The config$/,$p' "$configs/README.md" | diff - <("$hinge" schema --markdown) ||
  fail "configs/README.md: replace its tables by the output of hinge schema --markdown"
"$hinge" schema | grep -oE '^ +"[a-z0-9_]+": \{$' | grep -oE '[a-z0-9_]+' | sort -u |
  grep -vxE 'default|definitions|items|properties' | while read -r key; do
    grep -qE "\`$key\`|^## $key\$" "$configs/README.md" || fail "configs/README.md does not tell of $key"
  done

# Health: lines for the start, each epoch and the units; a verdict on stderr and in the summary; a rescue from the alarm.
(($(wc -l <first/health.jsonl) == 32)) || fail "health.jsonl: $(wc -l <first/health.jsonl) lines"
"$hinge" health first | grep -q '^pass after epoch 30$' || fail "health of a sound run"
"$hinge" train "$configs/dying_relu.json" --out dying --quiet 2>verdict >/dev/null
grep -q '^health: alarm: layer 1: [0-9]* of 128 units are dead' verdict || fail "no verdict: $(cat verdict)"
(($(wc -l <verdict) == 2)) || fail "more than a verdict: $(cat verdict)"
[[ $(value dying/summary.json status) == '"finished"' ]] && grep -q '"status": "alarm"' dying/summary.json || fail "summary"
[[ -e dying/alarm.safetensors && ! -e first/alarm.safetensors ]] || fail "alarm.safetensors"
"$hinge" health dying --units --layer 1 >units
(($(awk '$1 == 1 && $3 == "dead"' units | wc -l) == $("$hinge" health dying --json | sed -nE 's/^ *"dead": ([0-9]+),$/\1/p'))) || fail "units and layers differ"
(($(awk 'NR > 3 { if (length($0) > 80) n++ } END { print n + 0 }' units) == 0)) || fail "units are wider than 80 columns"
"$hinge" rescue dying --epochs 2 --seeds 2 --quiet >rescue
grep -q '^leaky_relu ' rescue && grep -q '^none ' rescue && grep -qE 'helps' rescue || fail "rescue: $(cat rescue)"
"$hinge" rescue dying --epochs 2 --seeds 2 --quiet | cmp - rescue || fail "a rescue does not repeat"
"$hinge" rescue dying --epochs 1 --seeds 2 --quiet --json | grep -q '"alarm_epoch": 0' || fail "rescue --json"
[[ $("$hinge" health dying --units --json --layer 1 | grep -c '"unit":') == 128 ]] || fail "health --units --json --layer"
"$hinge" health dying --units --json --layer 1 | grep '"unit":' | sed -n '1p;$p' | grep -oE '[0-9]+' | xargs | grep -qx '1 128' ||
  fail "units count from 1"
printf '{"epoch": 21, "sam' >>dying/health.jsonl  # a run that was killed while it wrote
"$hinge" health dying | grep -q '^alarm after epoch 20' || fail "health of a file with an unfinished line"
sed -i '/"units": \[/d' dying/health.jsonl
for options in --units '--units --json'; do
  status=0
  "$hinge" health dying $options >/dev/null 2>message || status=$?
  ((status == 2)) && grep -q 'no record of its units' message || fail "health $options gives $status: $(cat message)"
done

# The loss is the model's own after loading (MiniDNN takes another one): evaluate would give other figures.
for loss in mae huber half_squared_sum half_squared_mean; do
  "$hinge" train "$configs/sine.json" --set "loss=$loss" --set train.epochs=2 --out "loss-$loss" --quiet >/dev/null
  evaluate_equals_summary "loss-$loss"
done
"$hinge" train "$configs/spirals.json" --set 'data.test={"fraction": 0.2}' --set train.epochs=2 --out loss-bce --quiet >/dev/null
evaluate_equals_summary loss-bce

# Early stopping goes back to the best epoch, and says how that was; also when training diverges.
moons='{"data": {"type": "moons", "samples": 300, "noise": 0.2, "validation": {"fraction": 0.3}},
  "model": {"layers": [{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 2, "momentum": 0.9},
  "train": {"epochs": 60, "batch_size": 10, "early_stopping": {"patience": 40}}}'
echo "$moons" >moons.json
"$hinge" train moons.json --out early --quiet >/dev/null
"$hinge" health early | grep -q "^the model has the weights of an earlier epoch: alarm after epoch $(value early/summary.json best_epoch):" ||
  fail "the health of the model: $("$hinge" health early)"
status=0
"$hinge" train moons.json --set optimizer.learning_rate=0.1 --set optimizer.momentum=0 \
  --set 'train.schedule={"type": "linear", "total": 3, "end": 1e30}' --out late --quiet >/dev/null 2>message || status=$?
((status == 1)) && grep -q 'training stopped at step' message || fail "a diverging run gives $status: $(cat message)"
"$hinge" evaluate late | grep -q '^validation/accuracy *0\.[89]' || fail "no model of the best epoch: $("$hinge" evaluate late 2>&1)"

"$hinge" train "$configs/dying_relu.json" --set health.recycle.every=1 --out recycled --quiet >/dev/null
(($("$hinge" health recycled --json | sed -nE 's/^ *"dead": ([0-9]+),$/\1/p') < 64)) || fail "recycling revives nobody"

# Every shipped config whose data is bundled or made trains.
for config in xor spirals iris sine dying_relu dying_leaky_relu; do
  "$hinge" train "$configs/$config.json" --set train.epochs=5 --out "shipped/$config" --quiet >/dev/null || fail "$config.json"
done

# Studies: each run has the bytes that it has alone, and its config repeats it.
"$hinge" train "$configs/iris.json" --seeds 3 --out study --quiet >/dev/null
"$hinge" train "$configs/iris.json" --seed 3 --out alone --quiet >/dev/null
cmp study/seed-3/model.safetensors alone/model.safetensors || fail "--seeds 3 is not --seed 3"
"$hinge" train "$configs/iris.json" --seeds 1..2 --folds 3 --out folds >table 2>progress
"$hinge" train "$configs/iris.json" --seed 2 --set 'data.test={"every": 3, "offset": 1}' --out fold --quiet >/dev/null
cmp folds/seed-2/fold-1/model.safetensors fold/model.safetensors || fail "a fold is not the run of its config"
"$hinge" train folds/seed-2/fold-1/config.json --out refold --quiet >/dev/null
diff <(tail -c 524 fold/model.safetensors | cksum) <(tail -c 524 refold/model.safetensors | cksum) ||
  fail "config.json does not repeat its fold"
(($(grep -c '^seed [12], fold [012]  test/loss .* test/accuracy [01]' table) == 6)) || fail "table: $(cat table)"
grep -q '^mean ± std over 2 seeds, of the means over 3 folds$' table || fail "table: $(cat table)"
grep -qE '^test/accuracy +0\.9[0-9]* ± 0' table || fail "table: $(cat table)"
grep -q '^seed 2, fold 1: epoch 60/60  loss' progress || fail "no prefix: $(tail -n 1 progress)"
"$hinge" train "$configs/iris.json" --folds 5 --json --quiet --set train.epochs=2 >folds.json
diff folds.json runs/iris-1/summary.json || fail "--json is not the summary of the study"
(($(grep -c '"fold": ' folds.json) == 5)) || fail "summary: $(cat folds.json)"

# However many runs train at a time, they leave the same, and the table and the summary have the order of the plan.
but_seconds() { sed -e '/"seconds": {/,/}/d' -e '/seconds/d' -e '/^finished with/d' -e '$d' "$1"; }  # nor the folder
for jobs in 1 2 3 7; do
  "$hinge" train "$configs/iris.json" --seeds 4,1..2 --folds 3 --jobs $jobs --out "jobs $jobs" >"jobs $jobs.table" 2>progress
  (($(grep -cE '^seed [124], fold [012]: epoch (( [1-9]|[1-5][0-9]|60)/60)  loss [^:]*$' progress) == 9 * 60)) ||
    fail "--jobs $jobs: lines of progress are mixed up"
  but_seconds "jobs $jobs/summary.json" | diff <(but_seconds 'jobs 1/summary.json') - || fail "--jobs $jobs: another summary"
  but_seconds "jobs $jobs.table" | diff <(but_seconds 'jobs 1.table') - || fail "--jobs $jobs: another table"
  for run in seed-{4,1,2}/fold-{0,1,2}; do
    cmp "jobs 1/$run/model.safetensors" "jobs $jobs/$run/model.safetensors" || fail "--jobs $jobs: another model"
  done
done
"$hinge" train "$configs/iris.json" --seeds 1..2 --jobs auto --out auto --quiet >/dev/null || fail "--jobs auto"

# A study with a run that diverges goes on, and fails at its end.
status=0
"$hinge" train "$configs/iris.json" --seeds 1,2 --set optimizer.learning_rate=1e30 --out failing >table 2>message || status=$?
((status == 1)) || fail "a study with diverging runs gives $status"
grep -q 'hinge: seed 2: .*try a smaller learning_rate' message || fail "message: $(cat message)"
grep -q '^failed with 2 of 2 runs' table || fail "table: $(cat table)"

# Ctrl-C: what was learned is saved. In a study, all runs at work end, and no further one begins.
set -m  # without job control a shell starts jobs that ignore Ctrl-C
"$hinge" train "$configs/digits.json" --set train.epochs=1000000 --seeds 1..3 --jobs 2 --out stopped --quiet >/dev/null &
set +m
sleep 1
kill -INT $!
status=0
wait $! || status=$?
((status == 130)) || fail "Ctrl-C in a study gives $status"
[[ $(ls stopped) == $'seed-1\nseed-2\nsummary.json' ]] || fail "Ctrl-C in a study leaves: $(ls stopped)"
grep -q '^  "status": "interrupted"' stopped/summary.json || fail "no summary of the study after Ctrl-C"
for run in stopped/seed-{1,2}; do
  [[ -e $run/model.safetensors && $(value $run/summary.json status) == '"interrupted"' ]] || fail "$run after Ctrl-C"
done

# Ctrl-C: what was learned is saved.
set -m
"$hinge" train "$configs/digits.json" --set train.epochs=1000000 --out interrupted --quiet >/dev/null &
set +m
sleep 1
kill -INT $!
status=0
wait $! || status=$?
((status == 130)) || fail "Ctrl-C gives $status"
[[ $(value interrupted/summary.json status) == '"interrupted"' ]] || fail "no summary after Ctrl-C"
for wait in 0.003 0.01 0.02 0.04; do
  "$hinge" train "$configs/digits.json" --set train.epochs=1000000 --out "early $wait" --quiet >/dev/null &
  sleep $wait
  kill -TERM $!
  status=0
  wait $! || status=$?
  ((status == 143)) || fail "an early signal gives $status"
  [[ ! -d "early $wait" || -s "early $wait/summary.json" ]] || fail "an early signal leaves $(ls "early $wait")"
done
"$hinge" evaluate interrupted >/dev/null || fail "no model after Ctrl-C"

# What the program was started to ignore stays ignored: nohup, and jobs in the background of a script.
(
  trap '' HUP
  exec "$hinge" train "$configs/digits.json" --set train.epochs=1000000 --out hung-up --quiet >/dev/null
) &
sleep 1
kill -HUP $!
sleep 0.2
kill -0 $! || fail "a hang-up ends what nohup started"
kill -TERM $!
status=0
wait $! || status=$?
((status == 143)) || fail "a signal after a hang-up that is ignored gives $status"

# A run that diverges ends at once, and says so in its folder.
status=0
"$hinge" train "$configs/iris.json" --set optimizer.learning_rate=1e30 --out diverged >/dev/null 2>message || status=$?
((status == 1)) || fail "a diverging run gives $status"
grep -q 'try a smaller learning_rate' message || fail "message: $(cat message)"
[[ $(value diverged/summary.json status) == '"failed"' && ! -e diverged/model.safetensors ]] || fail "diverged: $(ls diverged)"

# A disk that is full is not the user's mistake; the figures so far stay.
status=0
"$hinge" train "$configs/iris.json" --out /dev/full/run >/dev/null 2>&1 || status=$?
((status == 1 || status == 2)) || fail "a full disk gives $status"

# The model's header, by the reader of the Hugging Face website.
node_folder=${HINGE_NODE_FOLDER:-$(npm root -g 2>/dev/null || true)/..}
if [[ -d $node_folder/node_modules/@huggingface/hub ]] && command -v node >/dev/null; then
  [[ $(node "$here/huggingface_reader.mjs" "$node_folder" first/model.safetensors) == \
    '{"dtype":"F32","shape":[64,64],"data_offsets":[0,16384]}'$'\n''1' ]] || fail "@huggingface/hub reads something else"
  echo "@huggingface/hub reads the header"
else
  echo "skipped: node with @huggingface/hub is not here (HINGE_NODE_FOLDER)"
fi

# No escapes but to a terminal that wants them.
if command -v script >/dev/null; then
  for environment in NO_COLOR=1 TERM=dumb; do
    env TERM=xterm $environment script -qec "'$hinge' train '$configs/dying_relu.json' --out 'tty $environment'" \
      typescript >/dev/null
    ! grep -q $'\x1b' typescript || fail "escapes with $environment"
  done
  env -u NO_COLOR TERM=xterm script -qec "'$hinge' train '$configs/dying_relu.json' --out 'tty'" typescript >/dev/null
  grep -q $'\x1b\\[33mdead 78.9 %' typescript || fail "dead units do not stand out on a terminal"
else
  echo "skipped: script, which makes a terminal, is not here"
fi

# The schema, by an independent validator.
"$hinge" schema >schema.json
diff "$configs/hinge.schema.json" schema.json ||
  fail "configs/hinge.schema.json: replace it by the output of hinge schema"
if python3 -c 'import jsonschema' 2>/dev/null; then
  "$hinge" check "$configs/digits.json" --resolved >digits.json
  python3 - <<'PYTHON'
import json, jsonschema
schema = json.load(open("schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for name in ["resolved.json", "digits.json", "first/config.json"]:
    validator.validate(json.load(open(name)))
good = json.load(open("digits.json"))
def broken(change):
    config = json.loads(json.dumps(good))
    change(config)
    assert not validator.is_valid(config), config
broken(lambda c: c.pop("data"))
broken(lambda c: c.update(optimiser={}))
broken(lambda c: c.update(loss="mae2"))
broken(lambda c: c["train"].update(epochs=3.5))
broken(lambda c: c["train"].update(batch_size=0))
broken(lambda c: c["optimizer"].update(learning_rate=0))
broken(lambda c: c["model"]["layers"][0].pop("units"))
broken(lambda c: c["model"]["layers"][0].update(activation="rleu"))
broken(lambda c: c["model"]["layers"].append("dense"))
broken(lambda c: c["data"].update(preprocess="normal"))
print("the schema tells 3 good configs from 10 broken ones")
PYTHON
else
  echo "skipped: python3-jsonschema is not here"
fi
