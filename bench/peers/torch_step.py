"""Times a step of training, or a prediction, in PyTorch's eager mode; peer.py lists the arguments."""

import itertools

import torch
from torch import nn

import peer

torch.set_num_threads(1)
work = peer.workload()
layers = []
for inputs, outputs in zip(work.widths, work.widths[1:]):
    layers += [nn.Linear(inputs, outputs), nn.Tanh() if work.activation == "tanh" else nn.ReLU()]
network = nn.Sequential(*layers[:-1])


def uniform(width):
    return 2 * torch.rand(work.batch, width) - 1


def targets():
    if work.mse:
        return uniform(work.widths[-1])
    return torch.randint(work.widths[-1], (work.batch,))


loss = nn.MSELoss() if work.mse else nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(network.parameters(), lr=0.001)
batches = itertools.cycle([(uniform(work.widths[0]), targets()) for _ in range(8)])


def step():
    x, y = next(batches)
    optimizer.zero_grad(set_to_none=True)
    loss(network(x), y).backward()
    optimizer.step()


if work.trains:
    peer.report("torch", work, step)
else:
    x = uniform(work.widths[0])
    with torch.inference_mode():
        peer.report("torch", work, lambda: network(x))
