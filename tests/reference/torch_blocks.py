"""PyTorch's figures for the runs with batch normalisation and residual blocks of runs.json.

    torch_blocks.py NAME SEEDS [MNIST-FOLDER]

Prints mean, standard deviation and runs of the accuracy on the test and the training part. The networks start as Hinge's do:
weights from N(0, 2/inputs), biases 0.
"""

import gzip
import os
import statistics
import sys

import numpy
import torch
from torch import nn

torch.set_num_threads(1)


def digits():
    table = torch.from_numpy(numpy.loadtxt("configs/data/digits.csv", delimiter=",", skiprows=1, dtype=numpy.float32))
    is_test = torch.arange(len(table)) % 5 == 4
    x, y = table[:, :-1] / 16, table[:, -1].long()
    return x[~is_test], y[~is_test], x[is_test], y[is_test]


def mnist(folder, first=None):
    def read(name, header):
        with gzip.open(os.path.join(folder, name)) as file:
            return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy())

    parts = []
    for part in ("train", "t10k"):
        parts.append(read(part + "-images-idx3-ubyte.gz", 16).view(-1, 784) / 255)
        parts.append(read(part + "-labels-idx1-ubyte.gz", 8).long())
    return parts[0][:first], parts[1][:first], parts[2], parts[3]


def dense(inputs, units):
    layer = nn.Linear(inputs, units)
    nn.init.normal_(layer.weight, 0, (2 / inputs) ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.inner = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.inner(x)


def normalised(inputs, units):
    return nn.Sequential(dense(inputs, units), nn.BatchNorm1d(units), nn.ReLU(), dense(units, 10))


# 20 dense layers: the first, nine blocks of two, the last. The blocks normalise before they bend [He et al., ECCV 2016].
def deep(inputs, units):
    def half():
        return [nn.BatchNorm1d(units), nn.ReLU(), dense(units, units)]

    blocks = [Residual(*half(), *half()) for _ in range(9)]
    return nn.Sequential(dense(inputs, units), *blocks, nn.BatchNorm1d(units), nn.ReLU(), dense(units, 10))


RUNS = {
    "digits_batch_norm": (digits, normalised, 64, 30, 32),
    "digits_residual": (digits, deep, 64, 30, 32),
    "mnist_128_batch_norm": (mnist, normalised, 128, 10, 128),
    "mnist_64_residual": (mnist, deep, 64, 10, 128),
}


def train(run, data, seed):
    _, build, units, epochs, batch = run
    x, y, test_x, test_y = data
    torch.manual_seed(seed)
    network = build(x.shape[1], units)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    loss = nn.CrossEntropyLoss()
    for _ in range(epochs):
        network.train()
        for rows in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad(set_to_none=True)
            loss(network(x[rows]), y[rows]).backward()
            optimizer.step()
    network.eval()
    with torch.inference_mode():
        return [(network(a).argmax(1) == b).float().mean().item() for a, b in ((test_x, test_y), (x, y))]


name, seeds = sys.argv[1], int(sys.argv[2])
data = RUNS[name][0](*sys.argv[3:4])
results = []
for seed in range(1, seeds + 1):
    results.append(train(RUNS[name], data, seed))
    print(name, seed, results[-1], file=sys.stderr, flush=True)
for part, values in zip(("test", "train"), zip(*results)):
    print(f'{name} {part} [{seeds}, {statistics.mean(values):.4f}, {statistics.stdev(values):.4f}]')
