"""Batches of 128 random uint8 crops into this process, by a PyTorch DataLoader with two workers and shared memory.

Arguments: seconds, then what it reads: `raw` and a file of records, `streaming` and that file (written anew in
MosaicML's format, into a folder that follows), or `jpeg` and a folder.
"""

import sys
from pathlib import Path

import numpy
import torch
from PIL import Image
from rounds import serve_rounds
from torchvision import transforms

BATCH, WORKERS, SIDE, CROP = 128, 2, 256, 227


def augmented(image):
    """A view where it can be, as a user would write it; collating copies."""
    top, left = numpy.random.randint(0, SIDE - CROP + 1, 2)
    crop = image[top : top + CROP, left : left + CROP]
    if numpy.random.rand() < 0.5:
        crop = crop[:, ::-1]
    return torch.from_numpy(numpy.ascontiguousarray(crop))


class Raw(torch.utils.data.Dataset):
    def __init__(self, file):
        self.records = numpy.memmap(file, numpy.uint8, "r").reshape(-1, SIDE, SIDE, 3)

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        return augmented(self.records[index]), index % 1000


class Jpegs(torch.utils.data.Dataset):
    def __init__(self, folder):
        self.files = sorted(Path(folder).rglob("*.jpg"))
        self.square = transforms.Compose([transforms.Resize(SIDE), transforms.CenterCrop(SIDE)])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with Image.open(self.files[index]) as image:
            return augmented(numpy.asarray(self.square(image.convert("RGB")))), index % 1000


def streaming(file, folder):
    from streaming import MDSWriter, StreamingDataset

    class Records(StreamingDataset):
        def __getitem__(self, index):
            sample = super().__getitem__(index)
            image = numpy.frombuffer(sample["image"], numpy.uint8).reshape(SIDE, SIDE, 3)
            return augmented(image), sample["label"]

    with MDSWriter(out=folder, columns={"image": "bytes", "label": "int"}) as writer:
        for index, record in enumerate(numpy.memmap(file, numpy.uint8, "r").reshape(-1, SIDE * SIDE * 3)):
            writer.write({"image": record.tobytes(), "label": index % 1000})
    return Records(local=folder, shuffle=True, batch_size=BATCH)


def main():
    kind, *rest = sys.argv[2:]
    dataset = {"raw": Raw, "jpeg": Jpegs, "streaming": streaming}[kind](*rest)
    shuffle = {} if kind == "streaming" else {"shuffle": True}
    loader = torch.utils.data.DataLoader(
        dataset, BATCH, num_workers=WORKERS, persistent_workers=True, prefetch_factor=4, **shuffle
    )

    def forever():
        while True:
            yield from loader

    batches = forever()

    def work():
        pixels, _ = next(batches)
        return len(pixels)

    serve_rounds(float(sys.argv[1]), work)


if __name__ == "__main__":
    main()
