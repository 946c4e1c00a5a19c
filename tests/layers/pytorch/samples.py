#!/usr/bin/env python3
"""Writes the samples beside this file: state_dicts of PyTorch as safetensors, with inputs and PyTorch's outputs for them.

    apt-get install python3-torch && python3 tests/layers/pytorch/samples.py

Names, shapes and values are those of torch.nn; `check.inputs` and `check.outputs` are no weights.
"""
import json
import os
import struct

import torch
from torch import nn

TYPES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def write(name, module, inputs, scalar=torch.float32):
    """The outputs are those of the weights as they are stored, in double."""
    stored = {key: value.to(scalar) if value.is_floating_point() else value for key, value in module.state_dict().items()}
    module.double().load_state_dict({key: value.double() if value.is_floating_point() else value for key, value in stored.items()})
    module.eval()
    with torch.no_grad():
        tensors = {**stored, "check.inputs": inputs.float(), "check.outputs": module(inputs.double())}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for key in sorted(tensors):  # as the library of safetensors does
        tensor = tensors[key].contiguous()
        raw = tensor.view(torch.int16).numpy().tobytes() if tensor.dtype == torch.bfloat16 else tensor.numpy().tobytes()
        header[key] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".safetensors")
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


class Named(nn.Module):
    """Layers with names, whose order is not that of the alphabet."""

    def __init__(self):
        super().__init__()
        self.fc1, self.bn1, self.fc2, self.bn2, self.fc3 = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.fc1(x)))
        return self.fc3(torch.relu(self.bn2(self.fc2(x))))


def trained(module, features):
    """Running statistics that are not 0 and 1."""
    module.train()
    for _ in range(5):
        module(2 * torch.randn(32, features) + 1)
    return module


torch.manual_seed(1)
x = torch.randn(7, 4)
deep = nn.Sequential(*[layer for _ in range(11) for layer in (nn.Linear(4, 4), nn.Tanh())], nn.Linear(4, 3))
write("sequential", deep, x)  # 0.weight … 22.weight: numbers are numbers
for scalar in (torch.float64, torch.float16, torch.bfloat16):
    write(f"relu_{TYPES[scalar].lower()}", nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)), x, scalar)
write("batch_norm", trained(Named(), 4), x)
write("layer_norm", nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 2)), x)
write("prelu", nn.Sequential(nn.Linear(4, 6), nn.PReLU(6), nn.Linear(6, 5), nn.PReLU(), nn.Linear(5, 1)), x)
write("no_bias", nn.Sequential(nn.Linear(4, 6, bias=False), nn.Sigmoid(), nn.Linear(6, 3)), x)
