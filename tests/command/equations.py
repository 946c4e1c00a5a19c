# Reads what `hinge explain --digits 17` printed, from stdin, and computes every equation with numbers in it: its sides must be
# equal. Prints how many there were.
#
#   equations.py WHAT    what was explained, for messages
import math
import re
import sys


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def softplus(x):
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


# The functions as the field defines them, not as Hinge computes them. α: what prelu has learned, where it shows.
functions = {
    "sigmoid": sigmoid, "tanh": math.tanh, "relu": lambda x: max(x, 0), "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x), "softplus": softplus, "softsign": lambda x: x / (1 + abs(x)),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "gelu": lambda x: x * math.erfc(-x / math.sqrt(2)) / 2, "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * math.tanh(softplus(x)), "hard_tanh": lambda x: max(-1, min(1, x)),
    "hard_sigmoid": lambda x: max(0, min(1, (x + 3) / 6)), "hard_swish": lambda x: x * max(0, min(1, (x + 3) / 6)),
    "prelu": lambda x: x if x > 0 else functions["alpha"] * x,
    "log": math.log, "exp": math.exp, "sqrt": math.sqrt, "sign": lambda x: (x > 0) - (x < 0), "min": min, "max": max, "abs": abs,
}


# What goes on in a line of its own belongs to the line before.
def joined(lines):
    whole = []
    for line in lines:
        if line.startswith(" " * 14) and whole:
            whole[-1] += ("   " if line.startswith(" " * 16) else " ") + line.strip()
        else:
            whole.append(line.rstrip())
    return whole


# A side as Python, or None where letters stand in it that are no function.
def expression(side):
    text = side.replace("−", "-").replace("·", "*").replace("²", "**2").replace("σ(", "sigmoid(").replace("√(", "sqrt(")
    text = re.sub(r"√([\d.]+(?:e[-+]\d+)?)", r"sqrt(\1)", text)
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    words = set(re.findall(r"[^\W\d]\w*", re.sub(r"\de[-+]?\d", "0", text)))
    return text if words <= functions.keys() and not re.search(r"[…∂δφ]|\.\.\.", text) else None


# Rounding of the double numbers in it, some of which may cancel.
def tolerance(sides):
    numbers = [abs(float(n)) for side in sides for n in re.findall(r"\d+\.?\d*(?:e[-+]?\d+)?", side)]
    largest = max(numbers + [1e-300])
    return 1e-14 * largest * max(1, largest)


count = 0
for line in joined(sys.stdin.read().splitlines()):
    equation, _, remark = re.sub(r"^  (?:unit \d+|all units)? +", "", line).partition("   ")
    alpha = re.search(r"α = ([−\d.e-]+)", remark)
    functions["alpha"] = float(alpha[1].replace("−", "-")) if alpha else math.nan
    sides = [text for text in map(expression, equation.split(" = ")[1:]) if text]
    if len(sides) < 2:
        continue
    values = [eval(side, {"__builtins__": {}}, functions) for side in sides]
    count += 1
    for value in values[:-1]:
        if not abs(value - values[-1]) <= tolerance(sides) + 1e-12 * abs(values[-1]):
            sys.exit(f"{sys.argv[1]}: {line.strip()}: {value!r}, not {values[-1]!r}")
print(count)
