"""Writes one set of images in every form that a source may have, with other programs' libraries, into a folder.

Prints JSON: the forms, as places relative to the folder, and what each is recognised as.
"""

import csv
import gzip
import io
import json
import os
import random
import shutil
import sys
import tarfile
import zipfile

import numpy
import scipy.io
from PIL import Image

# Two classes of ImageNet are called "crane".
WORDS = {
    "n01440764": "tench, Tinca tinca",
    "n02012849": "crane",
    "n03126707": "crane",
}
# As in meta.mat: no order of WNIDs.
IDS = {"n03126707": 1, "n01440764": 2, "n02012849": 3}
TRAIN, VAL = 16, 4
root = sys.argv[1]
rng = numpy.random.default_rng(7)


def picture(kind: int) -> bytes:
    """A picture that no other is like, in one of the forms that ImageNet's files have."""
    height, width = rng.integers(70, 140, 2)
    coarse = rng.integers(0, 256, (5, 7, 3), dtype=numpy.uint8)
    image = Image.fromarray(coarse).resize((int(width), int(height)), Image.BICUBIC)
    out = io.BytesIO()
    if kind == 0:
        image.save(out, "PNG")
    elif kind == 1:
        image.convert("L").save(out, "JPEG", quality=90)
    elif kind == 2:
        # Ends with bytes of another program, as some files of ImageNet do.
        image.save(out, "JPEG", quality=90)
        out.write(b"\0trailing")
    elif kind == 3:
        # EXIF that cannot be parsed.
        image.save(out, "JPEG", quality=90, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    else:
        image.save(out, "JPEG", quality=90)
    return out.getvalue()


def write(name: str, body: bytes) -> None:
    place = os.path.join(root, name)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as file:
        file.write(body)


def tar_bytes(files: list[tuple[str, bytes]], **options: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as tar:
        for name, body in files:
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return out.getvalue()


def zip_bytes(files: list[tuple[str, bytes]], compression: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return out.getvalue()


def samples(files: list[tuple[str, str, bytes]], described: bool) -> list[tuple[str, bytes]]:
    out: list[tuple[str, bytes]] = []
    for i, (name, wnid, body) in enumerate(files):
        key = f"{i:06d}_{name[:-5]}"
        extension = "png" if body.startswith(b"\x89PNG") else "jpg"
        out.append((f"{key}.{extension}", body))
        out.append((f"{key}.cls", str(sorted(WORDS).index(wnid)).encode()))
        if described:
            out.append((f"{key}.json", json.dumps({"filename": name, "class": wnid}).encode()))
    return out


kinds = iter(i % 9 for i in range(1000))
train = {
    wnid: [(f"{wnid}_{i * 7 + 3}.JPEG", picture(next(kinds))) for i in range(TRAIN)] for wnid in WORDS
}
val_wnids = [wnid for wnid in WORDS for _ in range(VAL)]
random.Random(3).shuffle(val_wnids)
val = [
    (f"ILSVRC2012_val_{i + 1:08d}.JPEG", wnid, picture(next(kinds))) for i, wnid in enumerate(val_wnids)
]
forms: list[dict[str, object]] = []


def form(source: str, recognised: str, **more: object) -> None:
    forms.append({"source": source, "format": recognised, **more})


# Folders.
folder_files = [(f"train/{wnid}/{name}", body) for wnid, files in train.items() for name, body in files]
folder_files += [(f"val/{wnid}/{name}", body) for name, wnid, body in val]
for name, body in folder_files:
    write(f"folder/{name}", body)
form("folder", "of image files")

# Archives of the folder, with and without the folder around it.
around = [(f"pictures/{name}", body) for name, body in folder_files]
shuffled = random.Random(5).sample(around, len(around))
write("archives/pictures.tar", tar_bytes(shuffled))
write("archives/gnu.tar", tar_bytes([(f"./{'long/' * 60}{name}", body) for name, body in around], format=tarfile.GNU_FORMAT))
write("archives/pax.tar", tar_bytes([(f"{'länger/' * 60}{name}", body) for name, body in folder_files], format=tarfile.PAX_FORMAT))
write("archives/stored.zip", zip_bytes(folder_files, zipfile.ZIP_STORED))
write("archives/deflated.zip", zip_bytes(around, zipfile.ZIP_DEFLATED))
for name in ("pictures.tar", "gnu.tar", "pax.tar"):
    form(f"archives/{name}", "a tar")
for name in ("stored.zip", "deflated.zip"):
    form(f"archives/{name}", "a zip")
write("archives/pictures.tar.gz", gzip.compress(tar_bytes(around)))
form("archives/pictures.tar.gz", "a tar")
write("alone-compressed/pictures.tgz", gzip.compress(tar_bytes(folder_files)))
form("alone-compressed", "a tar")
write("archives/imagenet-wds.tar.gz", gzip.compress(tar_bytes(samples(val, True))))
form("archives/imagenet-wds.tar.gz", "WebDataset", part=12)
write("alone/pictures.tar", tar_bytes(around))
write("alone/README.txt", b"the only archive of a folder")
form("alone", "a tar")

# ImageNet as published, and half unpacked.
synsets = [(IDS[wnid], wnid, words, 0) for wnid, words in WORDS.items()]
synsets.append((4, "n00001740", "entity", 3))
fields = [("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O"), ("gloss", "O"), ("num_children", "O"), ("children", "O")]
table = numpy.array(
    [(float(id_), wnid, words, "a gloss", float(children), numpy.arange(1.0, children + 1)) for id_, wnid, words, children in sorted(synsets)],
    dtype=fields,
).reshape(-1, 1)
meta = io.BytesIO()
scipy.io.savemat(meta, {"synsets": table}, do_compression=True)
truth = "".join(f"{IDS[wnid]}\n" for _, wnid, _ in val).encode()
kit_files = [
    ("ILSVRC2012_devkit_t12/readme.txt", b"a readme"),
    ("ILSVRC2012_devkit_t12/data/meta.mat", meta.getvalue()),
    ("ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt", truth),
]
kit = io.BytesIO()
with tarfile.open(fileobj=kit, mode="w:gz") as tar:
    for name, body in kit_files:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
class_tars = [(f"{wnid}.tar", tar_bytes(files)) for wnid, files in train.items()]
val_files = [(name, body) for name, _, body in val]
val_shuffled = random.Random(9).sample(val_files, len(val_files))
ILSVRC = "ImageNet (ILSVRC2012)"
write("imagenet/ILSVRC2012_img_train.tar", tar_bytes(random.Random(1).sample(class_tars, len(class_tars))))
write("imagenet/ILSVRC2012_img_val.tar", tar_bytes(val_shuffled))
write("imagenet/ILSVRC2012_devkit_t12.tar.gz", kit.getvalue())
form("imagenet", ILSVRC, words=True)
for name, body in class_tars:
    write(f"half/train/{name}", body)
    write(f"tars-beside/{name}", body)
write("half/ILSVRC2012_img_val.tar", tar_bytes(val_shuffled))
write("tars-beside/ILSVRC2012_img_val.tar", tar_bytes(val_shuffled))
write("tars-beside/ILSVRC2012_devkit_t12.tar.gz", kit.getvalue())
for name, body in kit_files:
    write(f"half/{name}", body)
form("half", ILSVRC, words=True)
form("tars-beside", ILSVRC, words=True)
for wnid, files in train.items():
    for name, body in files:
        write(f"flat-val/train/{wnid}/{name}", body)
for name, body in val_files:
    write(f"flat-val/val/{name}", body)
write("flat-val/ILSVRC2012_devkit_t12.tar.gz", kit.getvalue())
form("flat-val", ILSVRC, words=True)

# From Kaggle, unpacked and as its zip.
kaggle = [(f"ILSVRC/Data/CLS-LOC/train/{wnid}/{name}", body) for wnid, files in train.items() for name, body in files]
kaggle += [(f"ILSVRC/Data/CLS-LOC/val/{name}", body) for name, body in val_files]
kaggle.append(("ILSVRC/Data/CLS-LOC/test/ILSVRC2012_test_00000001.JPEG", val_files[0][1]))
kaggle.append(("ILSVRC/ImageSets/CLS-LOC/train_cls.txt", b"n01440764/n01440764_3 1\n"))
solution = "ImageId,PredictionString\n" + "".join(
    f"{name[:-5]},{wnid} 1 2 30 40 {wnid} 5 6 70 80 \n" for name, wnid, _ in random.Random(4).sample(val, len(val))
)
kaggle.append(("LOC_val_solution.csv", solution.encode()))
kaggle.append(("LOC_synset_mapping.txt", "".join(f"{wnid} {words}\n" for wnid, words in WORDS.items()).encode()))
for name, body in kaggle:
    write(f"kaggle/{name}", body)
write("archives/imagenet-object-localization-challenge.zip", zip_bytes(kaggle, zipfile.ZIP_STORED))
form("kaggle", "Kaggle", words=True)
form("archives/imagenet-object-localization-challenge.zip", "Kaggle", words=True)

# Tiny ImageNet, as a folder and as its zip.
tiny = [(f"train/{wnid}/images/{name}", body) for wnid, files in train.items() for name, body in files]
tiny += [(f"train/{wnid}/{wnid}_boxes.txt", f"{wnid}_3.JPEG\t0\t0\t62\t62\n".encode()) for wnid in train]
tiny += [(f"val/images/{name}", body) for name, body in val_files]
tiny.append(("val/val_annotations.txt", "".join(f"{name}\t{wnid}\t0\t32\t44\t62\n" for name, wnid, _ in val).encode()))
tiny.append(("test/images/test_0.JPEG", val_files[0][1]))
tiny.append(("wnids.txt", "".join(f"{wnid}\n" for wnid in reversed(WORDS)).encode()))
tiny.append(("words.txt", ("n00001740\tentity\n" + "".join(f"{wnid}\t{words}\n" for wnid, words in WORDS.items())).encode()))
for name, body in tiny:
    write(f"tiny/{name}", body)
write("archives/tiny-imagenet-200.zip", zip_bytes([(f"tiny-imagenet-200/{name}", body) for name, body in tiny], zipfile.ZIP_DEFLATED))
form("tiny", "Tiny ImageNet", words=True)
form("archives/tiny-imagenet-200.zip", "Tiny ImageNet", words=True)

# WebDataset: by splits in the names, with a class in .json and a number in .cls.
mixed = random.Random(8).sample(
    [(name, wnid, body) for wnid, files in train.items() for name, body in files], TRAIN * len(WORDS)
)
for folder, described in (("wds", True), ("wds-numbers", False)):
    for shard in range(3):
        write(f"{folder}/set-train-{shard:04d}.tar", tar_bytes(samples(mixed[shard::3], described)))
    write(f"{folder}/set-validation-0000.tar", tar_bytes(samples(val, described)))
    write(f"{folder}/set-test-0000.tar", tar_bytes(samples(val[:2], described)))
form("wds", "WebDataset", leftOut=1)
form("wds-numbers", "WebDataset", numbers=True, leftOut=1)
form("wds/set-train-{0000..0002}.tar", "WebDataset", trainOnly=True)
form("wds/set-train-0001.tar", "WebDataset", part=16)

# Lists: images without folders, and names that say nothing.
listed = [("train", wnid, body) for wnid, files in train.items() for _, body in files]
listed += [("validation", wnid, body) for _, wnid, body in val]
rows = []
for i, (split, wnid, body) in enumerate(random.Random(6).sample(listed, len(listed))):
    write(f"lists/images/{i:03d}, a \"photo\".img", body)
    rows.append((f'images/{i:03d}, a "photo".img', wnid, split))
out = io.StringIO(newline="")
writer = csv.writer(out)
writer.writerow(("path", "label", "split"))
writer.writerows(rows)
write("lists/photos.csv", out.getvalue().encode())
write("lists/photos.jsonl", "".join(json.dumps({"file_name": path, "label": wnid, "split": split}) + "\n" for path, wnid, split in rows).encode())
form("lists/photos.csv", "list")
form("lists/photos.jsonl", "list")

# Imagenette: a folder of splits with a list beside it, and `unsup` as Imagewang has it.
for name, body in folder_files:
    write(f"imagenette/imagenette2-160/{name}", body)
write("imagenette/imagenette2-160/unsup/a_1.JPEG", val_files[0][1])
write("imagenette/imagenette2-160/noisy_imagenette.csv", b"path,noisy_labels_0,is_valid\n")
form("imagenette/imagenette2-160", "of image files")

shutil.rmtree(os.path.join(root, "__pycache__"), ignore_errors=True)
print(json.dumps({"words": WORDS, "forms": forms}))
