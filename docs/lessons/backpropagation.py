# Lesson 11: the forward pass of any network of sigmoids, on a batch. Write the backward pass where it says so.
#
#   backpropagation.py EXPLAINED    a file that `hinge explain CONFIG --batch N --json` wrote
import json
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(print("skipped: NumPy is not installed"))

explained = json.load(open(sys.argv[1]))
step = explained["steps"][0]
x = np.array(explained["inputs"]).T  # a column is a sample
y = np.array(explained["targets"]).T
weights = [np.array(layer["parameters"][0]["before"]) for layer in step["layers"]]
biases = [np.array(layer["parameters"][1]["before"]) for layer in step["layers"]]  # one column


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


outputs = [x]  # a of each layer, after the inputs
for w, b in zip(weights, biases):
    outputs.append(sigmoid(w @ outputs[-1] + b))

# dw and db of each layer, in shape like weights and biases. The loss is the mean over the samples of Σ (a − y)²/2.
dw = [np.zeros_like(w) for w in weights]
db = [np.zeros_like(b) for b in biases]
# YOUR CODE: from the last layer to the first, δ first, then dw and db, then ∂L/∂a of the layer before.

for layer in reversed(range(len(weights))):
    for name, gradient in (("weight", dw[layer]), ("bias", db[layer].T)):
        for row in gradient:
            print(f"layers.{layer}.{name}", *(f"{value:.15g}" for value in row))
