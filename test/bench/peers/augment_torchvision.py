"""JPEG files to random uint8 crops [227, 227, 3], decoded every epoch as usual. Arguments: seconds, folder."""

import io
import sys
from pathlib import Path

import numpy
import torch
from PIL import Image
from rounds import serve_rounds
from torchvision import transforms

torch.set_num_threads(1)
files = [file.read_bytes() for file in sorted(Path(sys.argv[2]).rglob("*.jpg"))][:240]
augment = transforms.Compose(
    [transforms.Resize(256), transforms.CenterCrop(256), transforms.RandomCrop(227), transforms.RandomHorizontalFlip()]
)


def work():
    for data in files:
        pixels = numpy.asarray(augment(Image.open(io.BytesIO(data)).convert("RGB")))
        assert pixels.shape == (227, 227, 3)
    return len(files)


serve_rounds(float(sys.argv[1]), work)
