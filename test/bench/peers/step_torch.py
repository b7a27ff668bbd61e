"""AlexNet's training step in eager PyTorch, as one writes it. Arguments: seconds, float32 or bfloat16, batch size, plain or tuned."""

import sys

import alexnet_shapes as net
import torch
from rounds import serve_rounds
from torch import nn

half = sys.argv[2] == "bfloat16"
layout = torch.channels_last if sys.argv[4] == "tuned" else torch.contiguous_format
layers, channels = [], 3
for i, (filters, size, stride, padding) in enumerate(net.CONVOLUTIONS):
    layers += [nn.Conv2d(channels, filters, size, stride, padding), nn.ReLU()]
    if i in net.NORMALISED:
        layers += [nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)]
    if i in net.POOLED:
        layers += [nn.MaxPool2d(3, 2)]
    channels = filters
layers += [nn.Flatten()]
features = channels * 6 * 6
for i, units in enumerate(net.DENSE):
    layers += [nn.Linear(features, units)]
    if i < 2:
        layers += [nn.ReLU(), nn.Dropout(0.5)]
    features = units
model = nn.Sequential(*layers).to(memory_format=layout)
for parameter in model.parameters():
    nn.init.normal_(parameter, std=0.01)
optimizer = torch.optim.SGD(model.parameters(), net.RATE, net.MOMENTUM, weight_decay=net.DECAY)

pixels, labels, lighting = (torch.from_numpy(array) for array in net.batch())
mean = torch.full((net.SIDE, net.SIDE, 3), 120.0)


def work():
    images = pixels.float() - mean + lighting[:, None, None, :]
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits = model(images.permute(0, 3, 1, 2).contiguous(memory_format=layout))
    loss = nn.functional.cross_entropy(logits.float(), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    assert torch.isfinite(loss)
    return net.BATCH


serve_rounds(float(sys.argv[1]), work)
