"""Photographs to a dataset of uint8 [256, 256, 3] records, written to a folder by two processes, as each library says.

Arguments: `webdataset`, `mosaicml` or `litdata`; a folder of classes; a folder to write to. Each line on stdin is one
dataset, answered by its images a second. The processes run before the clock starts, except LitData's, which it starts itself.
"""

import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy
from PIL import Image
from torchvision import transforms

PROCESSES, SIDE, SHARD = 2, 256, 1000
SQUARE = transforms.Compose([transforms.Resize(SIDE), transforms.CenterCrop(SIDE)])


def listed(folder):
    """Files and labels, in one shuffled order, as each library's guide advises."""
    classes = sorted(child for child in Path(folder).iterdir())
    files = [(file, label) for label, child in enumerate(classes) for file in sorted(child.iterdir())]
    order = numpy.random.default_rng(1).permutation(len(files))
    return [files[index] for index in order]


def record(file):
    with Image.open(file) as image:
        return numpy.asarray(SQUARE(image.convert("RGB"))).tobytes()


def write_webdataset(files, folder, process):
    from webdataset import ShardWriter

    pattern = f"{folder}/train-{process}-%05d.tar"
    with ShardWriter(pattern, maxcount=SHARD, maxsize=1e12, verbose=0) as writer:
        for index, (file, label) in enumerate(files):
            description = {"name": file.name}
            writer.write({"__key__": f"{index:08d}", "rgb": record(file), "cls": label, "json": description})


def write_mosaicml(files, folder, process):
    from streaming import MDSWriter

    columns = {"image": "bytes", "label": "int", "name": "str"}
    limit = SHARD * SIDE * SIDE * 3
    with MDSWriter(out=f"{folder}/{process}", columns=columns, size_limit=limit, progress_bar=False) as writer:
        for file, label in files:
            writer.write({"image": record(file), "label": label, "name": file.name})


def litdata_sample(item):
    file, label = item
    return {"image": record(file), "label": label, "name": Path(file).name}


def write_litdata(files, folder):
    from litdata import optimize

    inputs = [(str(file), label) for file, label in files]
    optimize(litdata_sample, inputs, folder, chunk_size=SHARD, num_workers=PROCESSES, verbose=False)


def main(which, source, folder):
    files = listed(source)
    writers = {"webdataset": write_webdataset, "mosaicml": write_mosaicml}
    with ProcessPoolExecutor(PROCESSES) as pool:

        def write():
            if which == "litdata":
                write_litdata(files, folder)
                return
            parts = [
                pool.submit(writers[which], files[process::PROCESSES], folder, process)
                for process in range(PROCESSES)
            ]
            for part in parts:
                part.result()

        def rate():
            shutil.rmtree(folder, ignore_errors=True)
            Path(folder).mkdir()
            started = time.perf_counter()
            write()
            return len(files) / (time.perf_counter() - started)

        # Their own progress goes to the other stream.
        answers, sys.stdout = sys.stdout, sys.stderr
        print("ready", file=answers, flush=True)
        for _ in sys.stdin:
            print(rate(), file=answers, flush=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
