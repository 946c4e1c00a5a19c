#!/usr/bin/env bash
# Ranks on four machines, each a network namespace, 1 ms apart: a run leaves the model of one process, and one whose rank was killed goes
# on. Needs root, iproute2, python3 and Open MPI.
#
#   distant_ranks_test.sh HINGE CONFIGS SCRATCH
set -euo pipefail
hinge=$1
configs=$2
network=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/distant_network.py
rm -rf "$3"
mkdir -p "$3"
cd "$3"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

fail() {
  echo "FAILED: $*"
  exit 1
}

coproc machines { exec python3 "$network" 4 1; }
read -r -u "${machines[0]}" ready
[[ $ready == ready ]] || fail "no network"

# Takes the place of ssh: machine 10.77.0.N is the namespace hingeN, with a name of its own.
cat >agent <<'SH'
#!/bin/sh
namespace=hinge${1##*.}
shift
exec ip netns exec "$namespace" unshare --uts sh -c "echo $namespace >/proc/sys/kernel/hostname; $*"
SH
chmod +x agent

apart() {
  mpirun --mca plm_rsh_agent "$PWD/agent" --mca oob_tcp_if_include 10.77.0.0/24 --mca btl tcp,self \
    --mca btl_tcp_if_include 10.77.0.0/24 --host 10.77.0.1,10.77.0.2,10.77.0.3,10.77.0.4 "$hinge" "$@"
}
value() { sed -nE "s/ *\"$1\": ([^,]*),?/\1/p" "$2"; }

config=("$configs/digits.json" --set train.shards=4 --set train.epochs=20 --set train.checkpoint.seconds=0.5 --quiet)
"$hinge" train "${config[@]}" --out alone >/dev/null
apart train "${config[@]}" --out apart >output 2>&1 || fail "apart: $(cat output)"
cmp alone/model.safetensors apart/model.safetensors || fail "another model"
cmp alone/health.jsonl apart/health.jsonl || fail "another ledger"
echo "figure: 900 steps of digits on four machines 1 ms apart took $(value seconds apart/summary.json | tail -n 1) s, of which the" \
  "exchange $(value exchange_seconds apart/summary.json)"
apart bench "$configs/digits.json" --set train.shards=4 --seconds 2 --json >bench.json 2>output || fail "bench: $(cat output)"
echo "figure: a short message took $(value latency_us bench.json) µs"

# In a namespace of its own, but a process of this machine.
rank_process() {
  local process
  for process in /proc/[0-9]*; do
    [[ $(tr '\0' ' ' 2>/dev/null <"$process/cmdline") == "$hinge train "* ]] || continue
    if grep -qzx "OMPI_COMM_WORLD_RANK=$1" "$process/environ"; then echo "${process#/proc/}"; fi
  done
}
apart train "${config[@]}" --out left >output 2>&1 &
job=$!
for _ in {1..600}; do
  [[ -e left/checkpoint.safetensors ]] && break
  sleep 0.02
done
kill -KILL "$(rank_process 2)"
code=0
wait "$job" || code=$?
[[ $code != 0 ]] || fail "a killed rank, and the exit code is 0: $(cat output)"
[[ ! -e left/summary.json ]] || fail "a run with a killed rank came to an end"
mpirun -n 2 "$hinge" train --resume left --quiet >output 2>&1 || fail "going on: $(cat output)"
cmp alone/model.safetensors left/model.safetensors || fail "another model after the kill"
exec {machines[1]}>&-
wait "$machines_PID"
echo "distant ranks leave what one process leaves"
