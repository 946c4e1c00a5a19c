"""Compares the networks of `hinge init` with scikit-learn's defaults: the same folds, the same rows, a line for each figure.

    sklearn_table.py HINGE FOLDER FOLDS SEEDS TABLE[:TARGET[,TARGET…]]…

`hinge init` sees the whole table, as its user has it: it guesses the format and each column's kind, which the peers are told too,
and it fits nothing. StratifiedKFold, or KFold for values, divides the lines that hold a target; a training and a test file of each
fold in FOLDER have the head of the table. Hinge trains with the config as resolved, on these files; a category that only the test
file has is all zeros, as for the peers. These are LogisticRegression or Ridge, and MLPClassifier or MLPRegressor (500 epochs,
seeds 0 to 2), behind a ColumnTransformer: numbers standardised with gaps at the mean, categories one-hot. Figures are means and
standard errors over the folds, seeds averaged first; log loss decides for classes, R² for values.
"""
import gzip
import io
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

GAPS = {"", "?", "NA", "N/A", "nan", "NaN", "NAN"}  # an empty cell, as Hinge spells it; a column may have more


def run(*command):
    """What a command prints; ValueError with its messages if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return done.stdout


def read_lines(path, data):
    """The head of a table's file, the lines that hold its rows, and the quotation mark of their texts."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8-sig") as file:
        lines = [line for line in file.read().split("\n")[data["skip_rows"]:] if line.strip()]
    arff = next((line for line in lines if line[0] != "%"), "").lower().startswith("@relation")
    comment = "%" if arff else data["comment"]
    lines = [line for line in lines if not comment or not line.startswith(comment)]
    head = int(data["header"] != "false")
    if arff:
        head = 1 + next(i for i, line in enumerate(lines) if line.lower().startswith("@data"))
    return lines[:head], lines[head:], "'" if arff or lines[-1].startswith("'") else '"'


def read_cells(lines, quote, data):
    """The lines as a table of texts; its columns have the names that the config gives them."""
    names = list(data["columns"])
    delimiter = {"auto": ",", "tab": "\t", "blanks": r"\s+"}.get(data["delimiter"], data["delimiter"])
    table = pd.read_csv(io.StringIO("\n".join(lines)), sep=delimiter, header=None, usecols=range(len(names)), dtype=str,
                        keep_default_na=False, quotechar=quote, skipinitialspace=True)
    if len(table) != len(lines):
        raise ValueError("a row must be a line")
    return table.set_axis(names, axis=1).apply(lambda column: column.str.strip())


def number(column, data):
    """A column's numbers, NaN for a gap."""
    if data["thousands"]:
        column = column.str.replace(data["thousands"], "", regex=False)
    if data["decimal"] != "auto":
        column = column.str.replace(data["decimal"], ".", regex=False)
    return pd.to_numeric(column, errors="coerce")


class Task:
    """What a resolved config learns from its table: the lines with a target, their inputs x and targets y."""

    def __init__(self, path, config):
        data = config["data"]
        self.config, self.extension = config, os.path.splitext(path.removesuffix(".gz"))[1]
        self.head, lines, quote = read_lines(path, data)
        table, columns = read_cells(lines, quote, data), data["columns"]
        for name in table.columns:
            table[name] = table[name].mask(table[name].isin(GAPS | set(columns[name]["tokens"])))
        self.targets = data.get("targets") or [name for name in columns if columns[name]["kind"] == "target"]
        self.classes = config["loss"]["type"] == "softmax_cross_entropy"
        self.numbers, self.categories = ([name for name in columns if columns[name]["kind"] == kind and name not in self.targets]
                                         for kind in ("number", "category"))
        table = table.dropna(subset=self.targets)
        self.lines = np.array(lines, dtype=object)[table.index]
        for name in self.numbers + ([] if self.classes else self.targets):
            table[name] = number(table[name], data)
        self.x = table[self.numbers + self.categories].fillna({name: "?" for name in self.categories})
        self.y = table[self.targets[0]].values if self.classes else table[self.targets].values.astype(float)

    def folds(self, count):
        splitter = (StratifiedKFold if self.classes else KFold)(count, shuffle=True, random_state=0)
        return splitter.split(self.x, self.y if self.classes else None)

    def hinge(self, command, folder, train, test, seeds):
        """Hinge's figures: log loss and accuracy, or R² of each target."""
        os.makedirs(folder)
        data = self.config["data"]
        for key, rows in (("path", train), ("test_path", test)):
            data[key] = os.path.join(folder, key.replace("path", "table") + self.extension)
            with open(data[key], "w", encoding="utf-8") as file:
                file.write("\n".join([*self.head, *self.lines[rows], ""]))
        config = os.path.join(folder, "config.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump(self.config, file)
        summary = json.loads(run(command, "train", config, "--seeds", seeds, "--jobs", "1", "--out", os.path.join(folder, "run"),
                                 "--quiet", "--json"))
        keys = ["test/log_loss", "test/accuracy"]
        if not self.classes:
            keys = ["test/r2"] if len(self.targets) == 1 else [f"test/r2/{name}" for name in self.targets]
        return np.mean([[trained[key] for key in keys] for trained in summary["runs"]], axis=0)

    def peer(self, model, train, test):
        """The same figures of a model of scikit-learn."""
        inputs = ColumnTransformer([
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), self.numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), self.categories)])
        if not self.classes:
            model = TransformedTargetRegressor(model, transformer=StandardScaler())
        model = make_pipeline(inputs, model).fit(self.x.iloc[train], self.y[train])
        if not self.classes:
            predicted = model.predict(self.x.iloc[test]).reshape(len(test), -1)
            return r2_score(self.y[test], predicted, multioutput="raw_values")
        p = model.predict_proba(self.x.iloc[test])
        return [log_loss(self.y[test], p, labels=model.classes_, eps=2.2e-16),
                accuracy_score(self.y[test], model.classes_[p.argmax(1)])]

    def peers(self, train, test):
        """Figures of the linear model and of the MLP."""
        linear = LogisticRegression(max_iter=2000) if self.classes else Ridge()
        mlp = MLPClassifier if self.classes else MLPRegressor
        return (self.peer(linear, train, test),
                np.mean([self.peer(mlp(max_iter=500, random_state=seed), train, test) for seed in range(3)], axis=0))


def read_task(command, table, config):
    """What `hinge init` makes of TABLE[:TARGET[,TARGET…]], to be trained on files of folds."""
    path, targets = table, []
    if not os.path.isfile(table):
        path, _, names = table.rpartition(":")
        targets = [f"--target={name}" for name in names.split(",")]
    run(command, "init", path, *targets, "-o", config)
    resolved = json.loads(run(command, "check", config, "--resolved"))
    if resolved["loss"]["type"] not in ("softmax_cross_entropy", "mse"):
        raise ValueError("labels are not compared")
    task, data = Task(path, resolved), resolved["data"]
    data |= {"header": "true" if task.head else "false", "skip_rows": 0, "comment": ""}
    del data["test"]
    for name in task.categories:
        data["columns"][name]["unknown"] = "zeros"
    return task


def mean_and_error(values):
    return values.mean(), values.std(ddof=1) / len(values) ** 0.5


def compare(command, folder, folds, seeds, table):
    """The lines about a table, and for each of its figures whether Hinge is as good as the better peer, and better than the MLP."""
    name = os.path.basename(table).replace(":", " ")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    try:
        task = read_task(command, table, os.path.join(folder, "init.json"))
        figures = np.array([[task.hinge(command, os.path.join(folder, f"fold-{i}"), train, test, seeds), *task.peers(train, test)]
                            for i, (train, test) in enumerate(task.folds(int(folds)))])
    except ValueError as error:
        return f"{name}: {error}", None
    lines, judged = [], []
    for i, figure in enumerate(["log loss", "accuracy"] if task.classes else [f"R² {name}" for name in task.targets]):
        sign = -1 if figure == "log loss" else 1
        (h, h_error), linear, mlp = (mean_and_error(figures[:, model, i]) for model in range(3))
        best, error = max(linear, mlp, key=lambda peer: sign * peer[0])
        verdict = [sign * (h - best) >= -error, sign * (h - mlp[0]) > 0]
        if figure != "accuracy":
            judged.append(verdict)
        cells = [name, figure, *(f"{mean:.3f} ± {error:.3f}" for mean, error in ((h, h_error), linear, mlp)),
                 *("yes" if yes else "no" for yes in verdict)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines), judged


def main(command, keep, folds, seeds, *tables):
    print("| table | figure | Hinge | logistic, ridge | MLP | as good | better than the MLP |\n" + "|---" * 7 + "|", flush=True)
    verdicts, failed = [], 0
    with multiprocessing.Pool(initializer=warnings.filterwarnings, initargs=("ignore",)) as pool:  # MLPs that have not converged
        jobs = [pool.apply_async(compare, (command, os.path.join(keep, f"{i}-{os.path.basename(table)}"), folds, seeds, table))
                for i, table in enumerate(tables, 1)]
        for lines, judged in (job.get() for job in jobs):
            print(lines, file=sys.stdout if judged else sys.stderr, flush=True)
            verdicts += judged or []
            failed |= not judged
    if verdicts:
        good, better = np.sum(verdicts, axis=0)
        print(f"\nOf {len(verdicts)} figures (log loss, R²) {good} are as good within one standard error, "
              f"{better} better than the MLP.")
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
