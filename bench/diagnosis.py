"""Judges `hinge diagnose`; scripts/diagnosis says how. Every figure is a metric of 1 for perfect and 0 for useless."""
import copy
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys

SEEDS = (1, 2, 3)
AT_PAR = 0.05  # of accuracy or R²: nearer to the sound config than that is as good


def mean(values):
    return sum(values) / len(values)


class Bench:
    """The command, and a folder for what it writes."""

    def __init__(self, hinge, keep):
        self.hinge, self.keep = hinge, keep

    def run(self, folder, *arguments):
        return subprocess.run([self.hinge, *arguments], cwd=folder, capture_output=True, text=True)

    def folder(self, name, files=None):
        path = os.path.join(self.keep, name)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        for source in files or []:
            shutil.copy(source, path)
        return path

    def train(self, folder, config, seed, out, overrides=()):
        sets = [part for one in overrides for part in ("--set", one)]
        return self.run(folder, "train", config, *sets, "--seed", str(seed), "--out", out, "--force", "--quiet")

    def scores(self, folder, metric, config="config.json", overrides=(), seeds=SEEDS):
        """The metric after a training with each seed; 0 without a model."""
        found = []
        for seed in seeds:
            self.train(folder, config, seed, "scored", overrides)
            found.append(self.score(folder, metric))
            shutil.rmtree(os.path.join(folder, "scored"), ignore_errors=True)
        return mean(found)

    def score(self, folder, metric):
        try:
            with open(os.path.join(folder, "scored", "summary.json")) as file:
                summary = json.load(file)
        except (OSError, ValueError):
            return 0.0
        if summary["status"] not in ("finished", "stopped"):
            return 0.0
        if metric == "rounded_accuracy":
            return self.rounded_accuracy(folder)
        value = summary.get(metric, summary.get("last", {}).get(metric))
        return max(0.0, float(value)) if value is not None else 0.0

    def rounded_accuracy(self, folder):
        """Of classes that are learned as numbers: the share that rounding makes right."""
        rows = list(csv.reader(self.run(folder, "predict", "scored", "test.csv").stdout.splitlines()))
        with open(os.path.join(folder, "test.csv")) as file:
            wanted = [float(row[-1]) for row in list(csv.reader(file))[1:]]
        return mean([abs(round(float(row[0])) - y) < 0.5 for row, y in zip(rows[1:], wanted)]) if len(rows) > 1 else 0.0

    def diagnose(self, folder, *arguments):
        """The causes that the diagnosis of the run in `folder` names; none if it fails."""
        done = self.run(folder, "diagnose", "run", "--json", *arguments)
        try:
            return json.loads(done.stdout)["causes"]
        except (ValueError, KeyError):
            print("diagnose failed in %s: %s" % (folder, (done.stderr or done.stdout).strip()[:200]), file=sys.stderr)
            return []


# ---- Cases


def read_cases(folder):
    cases = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        with open(os.path.join(path, "truth.json")) as file:
            truth = json.load(file)
        with open(os.path.join(path, "config.json")) as file:
            config = json.load(file)
        files = [os.path.join(path, f) for f in os.listdir(path) if f != "truth.json"]
        cases[name] = {"name": name, "truth": truth, "config": config, "files": files}
    return cases


def names_cause(causes, truth):
    text = json.dumps(causes).lower()
    return any(re.search(pattern, text) for pattern in truth["cause_patterns"])


def judge_open(bench, cases, names):
    trained, controls = [], []
    for case in cases.values():
        truth = case["truth"]
        if truth["group"] == "refused" or names and case["name"] not in names:
            continue
        folder = bench.folder(case["name"], case["files"])
        bench.train(folder, "config.json", case["config"]["train"].get("seed", 1), "run")
        causes = bench.diagnose(folder)
        if truth["group"] == "control":
            controls.append(bool(causes))
            print("%-28s control  %s" % (case["name"], "FALSE ALARM " + causes[0]["name"] if causes else "silent"), flush=True)
            continue
        gain, wanted = 0.0, mean(truth["after"]) - mean(truth["before"])
        if causes and causes[0].get("set"):
            gain = bench.scores(folder, truth["metric"], overrides=causes[0]["set"]) - mean(truth["before"])
        row = (bool(causes), names_cause(causes[:1], truth) if causes else False, gain >= wanted / 2)
        trained.append(row)
        print("%-28s %-8s first %-5s cure %-5s gain %.2f of %.2f  %s" % (
            case["name"], "detected" if row[0] else "missed", row[1], row[2], gain, wanted,
            ", ".join(c["name"] for c in causes[:3])), flush=True)
    if trained:
        print("detected %d, true cause first %d, cure brings half the gain %d, of %d" % (
            *(sum(column) for column in zip(*trained)), len(trained)))
    if controls:
        print("false alarms %d of %d" % (sum(controls), len(controls)))


# ---- Pairs of faults


def is_dense(layer):
    return layer.get("type") == "dense"


def place_of(config, path):
    """The object that holds the last key of a path such as model.layers[0].units, and that key."""
    keys = [int(key) if key.isdigit() else key for key in re.findall(r"[^.\[\]]+", path)]
    node = config
    for key in keys[:-1]:
        node = node[key]
    return node, keys[-1]


def put_fault(host, donor):
    """`host` with the fault of `donor`: its fix, undone. None where the fault does not fit this config."""
    config = copy.deepcopy(host)
    for override in donor["truth"]["fix"]:
        path, wanted = override.split("=", 1)
        section = path.split(".")[0]
        if section not in ("train", "optimizer", "model") or path in ("optimizer", "model.layers"):
            return None
        fault_node, key = place_of(donor["config"], path)
        if path == "optimizer.learning_rate":  # as a factor: another optimiser wants another rate
            if key not in config["optimizer"]:
                return None
            config["optimizer"][key] *= fault_node[key] / float(wanted)
        elif section != "model":
            try:
                node, key = place_of(config, path)
            except KeyError:  # of a schedule that is not there
                return None
            if not isinstance(node, dict):
                return None
            node.pop(key, None)
            if key in fault_node:
                node[key] = fault_node[key]
        elif not put_layer_fault(config, donor["config"], fault_node, key):
            return None
    return config


def put_layer_fault(config, donor, fault_node, key):
    """What stands in a hidden layer goes to every hidden layer, what stands in the last one to the last one."""
    if not is_dense(fault_node) or key == "units":
        return False
    value = fault_node.get(key, "identity" if key == "activation" else None)
    if value is None:
        return False
    is_last = fault_node is [layer for layer in donor["model"]["layers"] if is_dense(layer)][-1]
    layers = [layer for layer in config["model"]["layers"] if is_dense(layer)]
    for layer in layers[-1:] if is_last else layers[:-1]:
        layer[key] = value
    return True


def write_config(folder, name, config):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(config, file, indent=1)


def make_pairs(bench, cases, names, wanted=30, each=3):
    """Pairs whose two faults both cost something, in a seeded order; a case occurs at most `each` times on a side."""
    broken = [case for case in cases.values() if case["truth"]["group"] == "trained"]
    hosts = [case for case in broken if not any(f.startswith(("data.path", "data.ignore")) for f in case["truth"]["fix"])]
    candidates = [(a, b) for a in broken for b in hosts if a["truth"]["kind"] != b["truth"]["kind"]]
    random.Random(1).shuffle(candidates)
    used, count = {}, 0
    for donor, host in candidates:
        name = donor["name"] + "+" + host["name"]
        fault = put_fault(host["config"], donor)
        full = used.get((0, donor["name"]), 0) >= each or used.get((1, host["name"]), 0) >= each
        if fault is None or full or names and name not in names:
            continue
        folder = bench.folder(name, host["files"])
        write_config(folder, "config.json", fault)
        if bench.run(folder, "check", "config.json").returncode != 0:
            continue
        metric, fix = host["truth"]["metric"], host["truth"]["fix"]
        both = bench.scores(folder, metric, seeds=(1,))
        donor_only = bench.scores(folder, metric, overrides=fix, seeds=(1,))
        write_config(folder, "host.json", host["config"])
        host_only = bench.scores(folder, metric, "host.json", seeds=(1,))
        sound = mean(host["truth"]["after"])
        if sound - max(both, donor_only, host_only) < 2 * AT_PAR:  # one of the faults alone does no harm here
            continue
        used[(0, donor["name"])] = used.get((0, donor["name"]), 0) + 1
        used[(1, host["name"])] = used.get((1, host["name"]), 0) + 1
        yield name, folder, donor, host, both, sound
        count += 1
        if count == wanted:
            return


def judge_pairs(bench, cases, names):
    rows = []
    for name, folder, donor, host, both, sound in make_pairs(bench, cases, names):
        bench.train(folder, "config.json", 1, "run")
        causes = bench.diagnose(folder, "--apply", "mended.json")[:3]
        named = [names_cause(causes, case["truth"]) for case in (donor, host)]
        mended = 0.0
        if os.path.exists(os.path.join(folder, "mended.json")):
            mended = bench.scores(folder, host["truth"]["metric"], "mended.json")
        rows.append((all(named), mended >= sound - AT_PAR))
        print("%-52s named %d of 2, %.2f -> %.2f of %.2f%s  %s" % (
            name, sum(named), both, mended, sound, " at par" if rows[-1][1] else "",
            ", ".join(c["name"] for c in causes)), flush=True)
    if rows:
        print("both faults among the first three causes %d, mended config at par %d, of %d pairs" % (
            *(sum(column) for column in zip(*rows)), len(rows)))


# ---- Sound configs

# The one step of a worked example, and data that is not here.
NOT_JUDGED = {"mazur.json", "mnist.json", "hinge.schema.json"}


def shipped_configs(root):
    for folder in ("configs", "configs/reference"):
        for name in sorted(os.listdir(os.path.join(root, folder))):
            if name.endswith(".json") and name not in NOT_JUDGED and not name.startswith("mnist"):
                yield os.path.join(root, folder, name)


def table_configs(bench, tables):
    folder = bench.folder("tables")
    for name in sorted(os.listdir(tables)):
        if name.endswith((".md", "test.csv", "10-rows.csv")):
            continue
        config = os.path.join(folder, name + ".json")
        if bench.run(folder, "init", os.path.join(tables, name), "-o", config).returncode == 0:
            yield config


def sound_configs(bench, root, cases, tables):
    """Each with its name: by hinge init, shipped, and those open cases with which nothing is wrong."""
    for config in table_configs(bench, tables) if os.path.isdir(tables) else []:
        yield os.path.basename(config), config
    for config in shipped_configs(root):
        yield os.path.relpath(config, root), config
    for case in read_cases(cases).values() if os.path.isdir(cases) else []:
        if case["truth"]["group"] == "control":
            yield case["name"], os.path.join(cases, case["name"], "config.json")


def verdict_of(folder):
    with open(os.path.join(folder, "run", "summary.json")) as file:
        return json.load(file).get("verdict", {}).get("status", "pass")


def judge_sound(bench, root, cases, tables, names, wanted=40):
    rows = []
    folder = bench.folder("sound")
    for name, config in sound_configs(bench, root, cases, tables):
        if names and name not in names or len(rows) == wanted * len(SEEDS):
            continue
        for seed in SEEDS:
            if bench.train(folder, config, seed, "run").returncode != 0:  # its data is not here
                break
            causes, verdict = bench.diagnose(folder), verdict_of(folder)
            rows.append((verdict != "pass", bool(causes)))
            print("%-40s seed %d  verdict %s, %s" % (
                name, seed, verdict, "FALSE ALARM " + causes[0]["name"] if causes else "no cause"), flush=True)
    if rows:
        print("false alarms: of the verdict %d, of the diagnosis %d, of %d" % (
            *(sum(column) for column in zip(*rows)), len(rows)))


def main():
    what, hinge, cases, tables, keep, *names = sys.argv[1:]
    bench = Bench(hinge, keep)
    if what == "sound":
        judge_sound(bench, os.getcwd(), cases, tables, names)
    elif not os.path.isdir(cases):
        print("skipped: there are no cases in " + cases)
    else:
        (judge_open if what == "open" else judge_pairs)(bench, read_cases(cases), names)


if __name__ == "__main__":
    main()
