"""300 networks (networks.py) as files of other programs: each gives the predictions of the library's baseline.

    exchange_test.py HINGE SCRATCH              C header and safetensors there and back by their bits, torch's committed outputs
    exchange_test.py HINGE SCRATCH NODE_MODULES the same, and onnxruntime
    exchange_test.py HINGE SCRATCH --write      computes torch.json anew, with the torch that is here

The outputs of torch are those of the modules that hinge export prints, on the first rows of the table.
"""
import csv
import json
import os
import shutil
import struct
import subprocess
import sys

import networks

HERE = os.path.dirname(os.path.abspath(__file__))
TORCH = os.path.join(HERE, "torch.json")
TORCH_ROWS = 4
# Of a value, or of 1 where it is smaller: some hundred float32 operations, each in an order of its own.
BOUND = 1e-5


def run(*command):
    done = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def predictions(number):
    """What hinge predict printed: the outputs of each row."""
    names, *cells = rows(f"{number}.csv")
    of_outputs = [i for i, name in enumerate(names) if name != "class"]
    if networks.network(number)["loss"] == "bce_with_logits":
        of_outputs = of_outputs[-1:]  # the network has one output, for the second class
    return [[float(row[i]) for i in of_outputs] for row in cells]


def inputs(number):
    names, *cells = rows("table.csv")
    places = [names.index(name) for name in networks.network(number)["data"]["features"]]
    return [[float(row[place]) for place in places] for row in cells]


def distance(found, wanted):
    """The largest difference of two tables, each of a value or of 1 where that is smaller."""
    assert len(found) == len(wanted) and all(len(a) == len(b) for a, b in zip(found, wanted))
    return max(abs(a - b) / max(1, abs(b)) for row, of in zip(found, wanted) for a, b in zip(row, of))


def train(hinge):
    for number in range(networks.COUNT):
        run(hinge, "train", f"{number}.json", "--out", str(number), "--quiet")
        run(hinge, "predict", str(number), "table.csv", "-o", f"{number}.csv")


def check_c(hinge):
    """All headers in one program, which prints the bits of each output."""
    program = ["#include <stdio.h>", "#include <string.h>"]
    for number in range(networks.COUNT):
        run(hinge, "export", str(number), "--to", "c", "--name", f"n{number}", "-o", f"{number}.h")
        program.append(f'#include "{number}.h"')
    program.append("static void print(const float *y, int count) { unsigned bits; "
                   "for (int i = 0; i < count; ++i) { memcpy(&bits, y + i, 4); printf(\"%08x \", bits); } puts(\"\"); }")
    for number in range(networks.COUNT):
        text = ", ".join("{" + ", ".join(f"{x:.0f}" for x in row) + "}" for row in inputs(number))
        program.append(f"static void test{number}(void) {{ static const float x[][N{number}_INPUTS] = {{{text}}}; "
                       f"float y[N{number}_OUTPUTS]; for (int i = 0; i < {networks.ROWS}; ++i) "
                       f"{{ n{number}_predict(x[i], y); print(y, N{number}_OUTPUTS); }} }}")
    program.append("int main(void) { " + " ".join(f"test{number}();" for number in range(networks.COUNT)) + " return 0; }")
    with open("all.c", "w", encoding="utf-8") as file:
        file.write("\n".join(program) + "\n")
    run("cc", "-std=c99", "-O1", "-ffp-contract=off", "-w", "all.c", "-o", "all", "-lm")
    found = [line.split() for line in run("./all").split("\n")[:-1]]
    wanted = [[struct.pack(">f", y).hex() for y in row] for number in range(networks.COUNT) for row in predictions(number)]
    other = sum(a != b for a, b in zip(found, wanted)) + abs(len(found) - len(wanted))
    print(f"C: {len(wanted)} predictions of {networks.COUNT} networks, {other} with other bits")
    return other == 0


def check_safetensors(hinge):
    """A network that starts from an exported file exports the same bytes."""
    other = count = 0
    for number in filter(networks.is_for_torch, range(networks.COUNT)):
        code = run(hinge, "export", str(number), "--to", "safetensors", "-o", f"{number}.safetensors")
        with open(f"{number}.py", "w", encoding="utf-8") as file:
            file.write(code)
        run(hinge, "train", f"{number}.json", "--from", f"{number}.safetensors", "--set", "train.epochs=0", "--set",
            "train.seed=1000", "--quiet", "--out", f"again{number}")
        run(hinge, "export", f"again{number}", "--to", "safetensors", "-o", "again.safetensors")
        with open(f"{number}.safetensors", "rb") as there, open("again.safetensors", "rb") as back:
            other += there.read() != back.read()
        count += 1
    print(f"safetensors: {count} networks there and back, {other} with other bytes")
    return other == 0


def write_torch():
    """Debian's torch comes without safetensors, whose reading is a few lines."""
    import types
    import torch
    kinds = {"F32": torch.float32, "I64": torch.int64}

    def load_file(path):
        with open(path, "rb") as file:
            size = struct.unpack("<Q", file.read(8))[0]
            header = json.loads(file.read(size))
            data = file.read()
        header.pop("__metadata__", None)
        return {name: torch.frombuffer(bytearray(data[slice(*of["data_offsets"])]), dtype=kinds[of["dtype"]]).reshape(of["shape"])
                for name, of in header.items()}

    sys.modules["safetensors"] = types.ModuleType("safetensors")
    sys.modules["safetensors.torch"] = types.ModuleType("safetensors.torch")
    sys.modules["safetensors.torch"].load_file = load_file
    transform = {"bce_with_logits": torch.sigmoid, "softmax_cross_entropy": lambda z: torch.softmax(z, 1), "poisson": torch.exp,
                 "mse": lambda z: z}
    outputs = {}
    for number in filter(networks.is_for_torch, range(networks.COUNT)):
        names = {}
        with open(f"{number}.py", encoding="utf-8") as file:
            exec(file.read(), names)  # defines net
        with torch.no_grad():
            y = transform[networks.network(number)["loss"]](names["net"](torch.tensor(inputs(number)[:TORCH_ROWS])))
        outputs[number] = [[float(f"{value:.9g}") for value in row] for row in y.tolist()]
    with open(TORCH, "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(f'"{number}": {json.dumps(rows)}' for number, rows in outputs.items()) + "}\n")


def check_torch():
    with open(TORCH, encoding="utf-8") as file:
        outputs = json.load(file)
    worst = max(distance(found, predictions(int(number))[:TORCH_ROWS]) for number, found in outputs.items())
    print(f"torch: {len(outputs)} networks, apart by at most {worst:.1e}")
    return worst <= BOUND


def check_onnx(hinge, node_modules):
    for number in range(networks.COUNT):
        run(hinge, "export", str(number), "--to", "onnx", "-o", f"{number}.onnx")
        with open(f"{number}.inputs.json", "w", encoding="utf-8") as file:
            json.dump(inputs(number), file)
    outputs = json.loads(run("node", os.path.join(HERE, "onnx_outputs.mjs"), node_modules, str(networks.COUNT)))
    worst = max(distance(found, predictions(number)) for number, found in enumerate(outputs))
    print(f"onnxruntime: {len(outputs)} networks, apart by at most {worst:.1e}")
    return len(outputs) == networks.COUNT and worst <= BOUND


def main():
    hinge, scratch, *rest = [os.path.abspath(argument) if os.path.exists(argument) else argument for argument in sys.argv[1:]]
    os.environ["HINGE_ISA"] = "baseline"  # the bits of the headers, and the same weights wherever this runs
    shutil.rmtree(scratch, ignore_errors=True)
    networks.write(scratch)
    os.chdir(scratch)
    train(hinge)
    passed = [check_c(hinge), check_safetensors(hinge)]
    if rest == ["--write"]:
        write_torch()
    passed.append(check_torch())
    if rest and rest != ["--write"]:
        passed.append(check_onnx(hinge, rest[0]))
    sys.exit(0 if all(passed) else 1)


main()
