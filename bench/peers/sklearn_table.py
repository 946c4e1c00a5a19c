"""Compares runs of `hinge train CONFIG --folds K --seeds LIST` on tables with scikit-learn's defaults on the same rows.

    sklearn_table.py RUN…

Prints a table in Markdown. A run's config tells how the table is read: its format, and the kind of each column. The peers are
LogisticRegression or Ridge, and MLPClassifier or MLPRegressor (500 epochs, seeds 0 to 2), behind a ColumnTransformer: numbers
standardised with gaps at the mean, categories one-hot. Figures are means and standard errors over the folds, seeds averaged
first; log loss decides for classes, R² for values.
"""
import csv
import gzip
import io
import json
import os
import re
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
SEEDS = 3


def read_arff(text):
    """The table of an ARFF file, all cells as text."""
    head, body = re.split(r"(?im)^@data.*$", text, maxsplit=1)
    names = re.findall(r"(?im)^\s*@attribute\s+('[^']*'|\"[^\"]*\"|\S+)", head)
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith("%")]
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, quotechar="'", skipinitialspace=True)]
    return pd.DataFrame(rows, columns=[name.strip("'\"") for name in names])


def read_table(data, folder):
    """The table as the section `data` of a config describes it, all cells as text; unnamed columns are `column 1` …"""
    path = os.path.join(folder, data["path"])
    with (gzip.open(path, "rt", encoding="utf-8-sig") if path.endswith(".gz") else open(path, encoding="utf-8-sig")) as file:
        text = file.read()
    if path.lower().removesuffix(".gz").endswith(".arff"):
        return read_arff(text)
    delimiter = {"auto": ",", "tab": "\t", "blanks": r"\s+"}.get(data["delimiter"], data["delimiter"])
    quote = "'" if text.lstrip().startswith("'") else '"'
    table = pd.read_csv(io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, quotechar=quote,
                        header=None if data.get("header") in (False, "false") else 0, skiprows=data.get("skip_rows", 0),
                        comment=data.get("comment") or None, skipinitialspace=True)
    names = data.get("names") or [f"column {i + 1}" if isinstance(name, int) or name.startswith("Unnamed: ") else name.strip()
                                  for i, name in enumerate(table.columns)]
    return table.set_axis(names, axis=1).apply(lambda column: column.str.strip())


def number(column, data):
    """A column's numbers, NaN for a gap."""
    if data.get("thousands"):
        column = column.str.replace(data["thousands"], "", regex=False)
    if data.get("decimal", ".") != ".":
        column = column.str.replace(data["decimal"], ".", regex=False)
    return pd.to_numeric(column, errors="coerce")


class Task:
    """What a config learns from its table: inputs X, targets y, and which columns are numbers or categories."""

    def __init__(self, config, folder):
        data = config["data"]
        table = read_table(data, folder)
        columns = data["columns"]
        for name in table.columns:
            table[name] = table[name].mask(table[name].isin(GAPS | set(columns[name]["tokens"])))
        self.targets = data.get("targets") or [name for name in columns if columns[name]["kind"] == "target"]
        self.classes = config["loss"]["type"] in ("softmax_cross_entropy", "bce_with_logits", "multiclass_hinge")
        self.numbers, self.categories = ([name for name in columns if columns[name]["kind"] == kind and name not in self.targets]
                                         for kind in ("number", "category"))
        table = table.dropna(subset=self.targets)
        for name in self.numbers + ([] if self.classes else self.targets):
            table[name] = number(table[name], data)
        self.x = table[self.numbers + self.categories].fillna({name: "?" for name in self.categories})
        self.y = table[self.targets[0]].values if self.classes else table[self.targets].values.astype(float)

    def folds(self, count):
        splitter = (StratifiedKFold if self.classes else KFold)(count, shuffle=True, random_state=0)
        return splitter.split(self.x, self.y if self.classes else None)

    def pipeline(self, model):
        inputs = ColumnTransformer([
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), self.numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), self.categories)])
        if not self.classes:
            model = TransformedTargetRegressor(model, transformer=StandardScaler())
        return make_pipeline(inputs, model)

    def figures(self, model, train, test):
        """Log loss and accuracy, or R² of each target."""
        model = self.pipeline(model).fit(self.x.iloc[train], self.y[train])
        if not self.classes:
            predicted = model.predict(self.x.iloc[test]).reshape(len(test), -1)
            return r2_score(self.y[test], predicted, multioutput="raw_values")
        p = model.predict_proba(self.x.iloc[test])
        return [log_loss(self.y[test], p, labels=model.classes_, eps=2.2e-16),
                accuracy_score(self.y[test], model.classes_[p.argmax(1)])]

    def peers(self, count):
        """Figures of the linear model and of the MLP, a row for each fold."""
        linear, mlp = [], []
        for train, test in self.folds(count):
            linear.append(self.figures(LogisticRegression(max_iter=2000) if self.classes else Ridge(), train, test))
            network = MLPClassifier if self.classes else MLPRegressor
            mlp.append(np.mean([self.figures(network(max_iter=500, random_state=seed), train, test)
                                for seed in range(SEEDS)], axis=0))
        return np.array(linear), np.array(mlp)


def hinge_figures(summary, task):
    """Hinge's figures, a row for each fold, the seeds averaged."""
    keys = ["test/log_loss", "test/accuracy"]
    if not task.classes:
        keys = ["test/r2"] if len(task.targets) == 1 else [f"test/r2/{name}" for name in task.targets]
    runs = summary["runs"]
    return np.array([[np.mean([run[key] for run in runs if run["fold"] == fold]) for key in keys]
                     for fold in range(summary["folds"])])


def spread(values):
    return f"{values.mean():.3f} ± {values.std(ddof=1) / len(values) ** 0.5:.3f}"


def main(runs):
    warnings.filterwarnings("ignore")  # of MLPs that have not converged after 500 epochs
    print("| table | figure | hinge | logistic, ridge | MLP | as good | better than the MLP |\n" + "|---" * 7 + "|")
    judged = []
    for run in runs:
        with open(os.path.join(run, "summary.json")) as file:
            summary = json.load(file)
        first = os.path.join(run, summary["runs"][0]["folder"])
        with open(os.path.join(first, "config.json")) as file:
            task = Task(json.load(file), first)
        hinge, (linear, mlp) = hinge_figures(summary, task), task.peers(summary["folds"])
        for i, figure in enumerate(["log loss", "accuracy"] if task.classes else [f"R² {name}" for name in task.targets]):
            h, l, m = hinge[:, i], linear[:, i], mlp[:, i]
            sign = -1 if figure == "log loss" else 1
            best = max(l, m, key=lambda peer: sign * peer.mean())
            error = best.std(ddof=1) / len(best) ** 0.5
            verdict = [sign * (h.mean() - best.mean()) >= -error, sign * (h.mean() - m.mean()) > 0]
            if figure != "accuracy":
                judged.append(verdict)
            words = ["yes" if yes else "no" for yes in verdict]
            print(f"| {os.path.basename(run)} | {figure} | {spread(h)} | {spread(l)} | {spread(m)} | {words[0]} | {words[1]} |",
                  flush=True)
    good, better = np.mean(judged, axis=0) * 100
    print(f"\nOf {len(judged)} figures (log loss, R²) as good within one standard error: {good:.0f} %, better than the MLP: "
          f"{better:.0f} %.")


if __name__ == "__main__":
    main(sys.argv[1:])
