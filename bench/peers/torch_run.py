"""A whole run in PyTorch, from the files to the saved model, as configs/digits.json describes it, or on MNIST.

    torch_run.py MODEL digits configs/data/digits.csv
    torch_run.py MODEL mnist FOLDER
"""

import gzip
import os
import sys

import numpy
import torch
from torch import nn


def read_digits(path):
    table = torch.from_numpy(numpy.loadtxt(path, delimiter=",", skiprows=1, dtype=numpy.float32))
    is_test = torch.arange(len(table)) % 5 == 4
    x, y = table[:, :-1] / 16, table[:, -1].long()
    return x[~is_test], y[~is_test], x[is_test], y[is_test]


def read_idx(path, header):
    with gzip.open(path) as file:
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy())


def read_mnist(folder):
    parts = []
    for part in ("train", "t10k"):
        parts.append(read_idx(os.path.join(folder, part + "-images-idx3-ubyte.gz"), 16).view(-1, 784) / 255)
        parts.append(read_idx(os.path.join(folder, part + "-labels-idx1-ubyte.gz"), 8).long())
    return parts


torch.set_num_threads(1)
torch.manual_seed(1)
model, run, source = sys.argv[1:]
if run == "digits":
    x, y, test_x, test_y = read_digits(source)
    units, batch, epochs = 64, 32, 30
else:
    x, y, test_x, test_y = read_mnist(source)
    units, batch, epochs = 128, 128, 10
network = nn.Sequential(nn.Linear(x.shape[1], units), nn.ReLU(), nn.Linear(units, 10))
if run == "digits":
    optimizer = torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.9)
else:
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
loss = nn.CrossEntropyLoss()

for epoch in range(epochs):
    for rows in torch.randperm(len(x)).split(batch):
        optimizer.zero_grad(set_to_none=True)
        loss(network(x[rows]), y[rows]).backward()
        optimizer.step()

with torch.inference_mode():
    hits = (network(test_x).argmax(1) == test_y).float().mean().item()
torch.save(network.state_dict(), model)
print(f"test accuracy {hits:.4g}")
