#!/usr/bin/env python3
"""Puts small faults into the library, one at a time, and counts those that the tests notice.

    mutations.py COUNT BUILD [--from N]

Works on a copy of the sources in BUILD/source, which it builds first. Faults are drawn by a fixed seed from the .cpp files of core,
layers, optim and data, but for the rules of the diagnosis and the benchmark, whose figures are judged by measuring, not by tests:
another comparison, another sign, a factor, a constant, a condition turned round, a call left out. equivalent.txt
beside this file lists those that change nothing that can be seen, with the reason; they are left out of the share. A fault that does
not compile is replaced by another.
"""
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SWAPS = {" < ": [" <= ", " > "], " <= ": [" < "], " > ": [" >= ", " < "], " >= ": [" > "], " == ": [" != "], " != ": [" == "],
         " + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " += ": [" -= "], " -= ": [" += "], " && ": [" || "],
         " || ": [" && "], "++": ["--"], "return true;": ["return false;"], "return false;": ["return true;"], "(!": ["("],
         "min(": ["max("], "max(": ["min("], "if (": ["if (not "]}
CALL = re.compile(r"^ +[a-z][\w.\->:\[\]]*\(.*\);$")
NUMBER = re.compile(r"(?<![\w.\"'])([0-9]+)(?![\w.\"'])")
# What sets up no behaviour of a run: text of errors and help, equations, names.
SKIPPED = re.compile(r"^\s*(//|#|using |static_assert|template|namespace|throw|case )|\"|'|constexpr const char|_equations|sides")


def candidates(path):
    """(line number, the line with the fault) of each fault that a file may have."""
    for number, line in enumerate(open(os.path.join(ROOT, path), encoding="utf-8").read().split("\n")):
        code = line.split("//")[0]
        if SKIPPED.search(line):
            continue
        for old, news in SWAPS.items():
            for at in (match.start() for match in re.finditer(re.escape(old), code)):
                for new in news:
                    # `if (not a && b)` would turn round only a.
                    text = new + "(" if old == "if (" else new
                    end = code[at + len(old):]
                    if old == "if (":
                        close = matching(end)
                        if close is None:
                            continue
                        end = end[:close] + ")" + end[close:]
                    yield number, code[:at] + text + end
        for match in NUMBER.finditer(code):
            yield number, code[:match.start()] + str(int(match[1]) + 1) + code[match.end():]
        if CALL.match(code):
            yield number, "  ;"


def matching(text):
    """Where the parenthesis closes that was open before the text."""
    depth = 1
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at
    return None


def drawn():
    """All faults in a fixed random order: files in turn by their size, so that each line has the same chance."""
    files = subprocess.run(["git", "-C", ROOT, "ls-files", "core/*.cpp", "layers/*.cpp", "optim/*.cpp", "data/*.cpp",
                            ":!optim/run/diagnosis", ":!optim/run/benchmark.cpp"], text=True, stdout=subprocess.PIPE,
                           check=True).stdout.split()
    faults = [(path, *fault) for path in files for fault in candidates(path)]
    random.Random(24).shuffle(faults)
    return faults


def equivalents():
    lines = open(os.path.join(HERE, "equivalent.txt"), encoding="utf-8").read().split("\n")
    return {tuple(line.split(" | ")[:2]) for line in lines if " | " in line}


class Copy:
    """The sources with their build, of which one file at a time has a fault."""

    def __init__(self, folder):
        self.source = os.path.join(folder, "source")
        self.build = os.path.join(folder, "build")
        os.makedirs(self.source, exist_ok=True)
        archive = subprocess.run(["git", "-C", ROOT, "archive", "HEAD"], stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-x", "-C", self.source], input=archive, check=True)
        self.run(["cmake", "-S", self.source, "-B", self.build, "--preset", "default", "-DCMAKE_UNITY_BUILD=OFF",
                  "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"], self.source, 600)
        if self.run(self.make("hinge_tests", "hinge_thread_tests", "hinge_corpus"), self.source, 7200):
            sys.exit("the sources do not build")

    def make(self, *targets):
        return ["cmake", "--build", self.build, "--parallel", str(os.cpu_count()), "--target", *targets]

    def run(self, command, folder, seconds):
        """The exit code; 1 for what takes too long."""
        try:
            return subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds,
                                  check=False).returncode
        except subprocess.TimeoutExpired:
            return 1

    def try_fault(self, path, number, line):
        """What notices the fault, "" for nothing, None if it does not compile."""
        place = os.path.join(self.source, path)
        right = open(place, encoding="utf-8").read()
        lines = right.split("\n")
        lines[number] = line
        open(place, "w", encoding="utf-8").write("\n".join(lines))
        try:
            if self.run(self.make("hinge_tests"), self.source, 1200):
                return None
            return self.noticed_by(path)
        finally:
            open(place, "w", encoding="utf-8").write(right)

    def noticed_by(self, path):
        tests = os.path.join(self.build, "tests")
        near = f"--source-file=*{os.path.dirname(path)}/*"
        programs = [["hinge_tests", near], ["hinge_tests"], ["hinge_corpus", "tests/fuzz/corpus"], ["hinge_thread_tests"],
                    ["hinge_command_tests"]]
        for program, *arguments in programs:
            targets = [program, "hinge_command"] if program == "hinge_command_tests" else [program]
            if program != "hinge_tests" and self.run(self.make(*targets), self.source, 1200):
                return "the build"
            options = [] if program == "hinge_corpus" else ["--abort-after=1", "--no-path-filenames=true"]
            if self.run([os.path.join(tests, program), *options, *arguments], self.source, 300):
                return program + (" near it" if arguments == [near] else "")
        return ""


def main():
    count, folder = int(sys.argv[1]), os.path.abspath(sys.argv[2])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    known = equivalents()
    copy = Copy(folder)
    tried = noticed = left_out = 0
    for index, (path, number, line) in enumerate(drawn()):
        if tried == count:
            break
        if index < first:
            continue
        right = open(os.path.join(copy.source, path), encoding="utf-8").read().split("\n")[number].strip()
        if (f"{path}: {right}", line.strip()) in known:
            left_out += 1
            continue
        by = copy.try_fault(path, number, line)
        if by is None:
            continue
        tried += 1
        noticed += by != ""
        print(f"{index}: {path}:{number + 1}: {right} -> {line.strip()}: {by or 'NOT NOTICED'}", flush=True)
    print(f"figure: {noticed} of {tried} faults are noticed, {100 * noticed / max(1, tried):.1f} %; {left_out} more change nothing")


main()
