"""What both peers of the step train: AlexNet as the profile `paper` has it, ungrouped, on a batch of one kind."""

import sys

import numpy

BATCH = int(sys.argv[3])
SIDE = 227
CLASSES = 1000
RATE, MOMENTUM, DECAY = 0.001, 0.9, 0.0005

# (filters, size, stride, padding), with normalisation and pooling after the first two and pooling after the last.
CONVOLUTIONS = [(96, 11, 4, 0), (256, 5, 1, 2), (384, 3, 1, 1), (384, 3, 1, 1), (256, 3, 1, 1)]
NORMALISED = {0, 1}
POOLED = {0, 1, 4}
DENSE = [4096, 4096, CLASSES]


def batch():
    """Pixels uint8 [n, 227, 227, 3], labels int64 [n], lighting float32 [n, 3]."""
    random = numpy.random.default_rng(0)
    pixels = random.integers(0, 256, (BATCH, SIDE, SIDE, 3), numpy.uint8)
    labels = random.integers(0, CLASSES, BATCH)
    return pixels, labels, random.normal(0, 5, (BATCH, 3)).astype(numpy.float32)
