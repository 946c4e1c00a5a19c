"""Shared by the Python peers: the workload on the command line, the clock, the line of JSON.

    torch_step.py train|predict NAME BATCH mse|cross_entropy tanh|relu WIDTH…
"""

import json
import sys
import time


class Workload:
    def __init__(self, arguments):
        kind, self.name, batch, loss, self.activation, *widths = arguments
        self.trains = kind == "train"
        self.batch = int(batch)
        self.mse = loss == "mse"
        self.widths = [int(width) for width in widths]


def workload():
    return Workload(sys.argv[1:])


def report(peer, work, call, steps=1):
    """Times `call`, which makes `steps` steps, over 0.2 s of processor time; the shorter loops before warm up."""
    call()
    calls, seconds = 1, 0
    while seconds < 0.2:
        start = time.process_time()
        for _ in range(calls):
            call()
        seconds = time.process_time() - start
        per_step = seconds / (calls * steps)
        calls *= 2
    line = {"peer": peer, "kind": "train" if work.trains else "infer", "workload": work.name, "threads": 1}
    line["samples_per_s"] = work.batch / per_step
    line["us_per_step" if work.trains else "ns_per_call"] = per_step * (1e6 if work.trains else 1e9)
    print(json.dumps(line, separators=(",", ":")))
