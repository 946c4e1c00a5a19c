"""300 networks drawn from a fixed seed, over all activations and layers, as configs that train them for two epochs on one table."""
import json
import os
import random

COUNT = 300
ROWS = 60
ACTIVATIONS = ["elu", "gelu", "hard_sigmoid", "hard_swish", "hard_tanh", "identity", "leaky_relu", "mish", "prelu", "relu", "selu",
               "sigmoid", "silu", "softplus", "softsign", "tanh"]
TARGETS = [("label", "bce_with_logits", 1), ("class", "softmax_cross_entropy", 3), ("value", "mse", 1), ("count", "poisson", 1)]


class Draw(random.Random):
    """Only random() gives the same numbers in every version of Python."""

    def below(self, bound):
        return int(self.random() * bound)

    def one_of(self, things):
        return things[self.below(len(things))]


def activation(draw):
    name = draw.one_of(ACTIVATIONS)
    options = {"elu": {"alpha": 0.5 + draw.below(3)},
               "gelu": {"approximate": draw.one_of(["none", "tanh"])},
               "leaky_relu": {"alpha": (1 + draw.below(9)) / 20},
               "prelu": {"alpha": (1 + draw.below(9)) / 20, "per_unit": draw.below(2) == 1}}
    return {"type": name, **options.get(name, {})}


def layers(draw, width, depth):
    """Layers on so many inputs, of at most 12 units, and how many outputs they have; blocks in blocks while depth is above 0."""
    found = []
    for _ in range(1 + draw.below(4)):
        kind = draw.one_of(["dense", "dense", "dense", "activation", "batch_norm", "layer_norm", "dropout", "residual"])
        if kind == "dense":
            width = 1 + draw.below(12)
            found.append({"type": kind, "units": width, "activation": activation(draw), "bias": draw.below(4) > 0})
        elif kind == "activation":
            found.append({"type": kind, "activation": activation(draw)})
        elif kind == "dropout":
            found.append({"type": kind, "rate": 0.25})
        elif kind == "residual" and depth > 0:
            inner, width = layers(draw, width, depth - 1)
            found.append({"type": kind, "layers": inner})
        # Of two inputs that are nearly equal, onnxruntime's layer_norm keeps five digits, as it adds in float32.
        elif kind == "batch_norm" or (kind == "layer_norm" and width > 2):
            found.append({"type": kind, "epsilon": draw.one_of([1e-5, 1e-3])})
    return found or [{"type": "activation", "activation": activation(draw)}], width


def is_for_torch(number):
    """Every third has residual blocks, which PyTorch's nn.Sequential cannot hold, and scaled inputs, which are not in its file."""
    return number % 3 != 0


def network(number):
    draw = Draw(number)
    target, loss, outputs = TARGETS[draw.below(len(TARGETS))]
    features = [f"x{i}" for i in range(1 + draw.below(6))]
    return {
        "data": {"type": "csv", "path": "table.csv", "target": target, "features": features,
                 "preprocess": "none" if is_for_torch(number) else "standard"},
        "model": {"layers": layers(draw, len(features), 0 if is_for_torch(number) else 2)[0] + [{"type": "dense", "units": outputs}]},
        "loss": loss,
        "optimizer": {"type": "adam", "learning_rate": 0.02},
        "train": {"epochs": 2, "batch_size": 10, "seed": number},
    }


def table():
    """Whole numbers, which every format holds as they are."""
    draw = Draw(300)
    yield "x0,x1,x2,x3,x4,x5,label,class,value,count"
    for _ in range(ROWS):
        x = [draw.below(7) - 3 for _ in range(6)]
        yield ",".join(str(cell) for cell in
                       [*x, "yes" if x[0] + x[1] > 0 else "no", "abc"[(x[0] + x[2]) % 3], x[0] * x[1] - x[3], abs(x[0]) + draw.below(3)])


def write(folder):
    """Writes table.csv, and NUMBER.json for each network."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "table.csv"), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in table())
    for number in range(COUNT):
        with open(os.path.join(folder, f"{number}.json"), "w", encoding="utf-8") as file:
            json.dump(network(number), file)
