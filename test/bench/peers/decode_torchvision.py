"""JPEG files to uint8 [256, 256, 3] with Pillow and torchvision. Arguments: seconds, folder."""

import io
import sys
from pathlib import Path

import numpy
import torch
from PIL import Image
from rounds import serve_rounds
from torchvision import transforms

torch.set_num_threads(1)
files = [file.read_bytes() for file in sorted(Path(sys.argv[2]).iterdir())]
square = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(256)])


def work():
    for data in files:
        pixels = numpy.asarray(square(Image.open(io.BytesIO(data)).convert("RGB")))
        assert pixels.shape == (256, 256, 3)
    return len(files)


serve_rounds(float(sys.argv[1]), work)
