"""Writes tables of images with Arrow's own library, in every form that is read, into a folder.

Takes the folder, and a JSON file with the pictures: [class, base64]. Prints JSON: the forms, as places in the folder.
"""

import base64
import json
import os
import sys

import pyarrow
import pyarrow.parquet

root, pictures = sys.argv[1:]
with open(pictures) as file:
    samples = [(label, base64.b64decode(body)) for label, body in json.load(file)]
NAMES = ["ape", "bee", "cat"]
forms = []


def hugging_face(names, label="label"):
    """The metadata that the library `datasets` writes."""
    kind = {"dtype": "int64", "_type": "Value"} if names is None else {"names": names, "_type": "ClassLabel"}
    features = {"image": {"_type": "Image"}, label: kind}
    return {"huggingface": json.dumps({"info": {"features": features}})}


def table(rows, names=NAMES, *, binary=None, kind=None, flat=False, label="label"):
    binary = binary or pyarrow.binary()
    bodies = [body for _, body in rows]
    if flat:
        image = pyarrow.array(bodies, binary)
    else:
        image = pyarrow.array(
            [None if body is None else {"bytes": body, "path": f"{i}.png"} for i, body in enumerate(bodies)],
            pyarrow.struct([("bytes", binary), ("path", pyarrow.string())]),
        )
    labels = pyarrow.array([label for label, _ in rows], kind or pyarrow.int64())
    made = pyarrow.table({"image": image, label: labels})
    return made.replace_schema_metadata(hugging_face(names, label))


def write(name, made, **options):
    place = os.path.join(root, name)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    pyarrow.parquet.write_table(made, place, **options)


def form(name, classes=NAMES, **more):
    forms.append({"source": name, "classes": classes, **more})


def halves(name, make=table, **options):
    """A repository: two files to train with, one to validate on, one to test with."""
    count = len(samples) // 4
    write(f"{name}/data/train-00000-of-00002.parquet", make(samples[:count]), **options)
    write(f"{name}/data/train-00001-of-00002.parquet", make(samples[count : 2 * count]), **options)
    write(f"{name}/data/validation-00000-of-00001.parquet", make(samples[2 * count : 3 * count]), **options)
    rows = [(-1, body) for _, body in samples[3 * count :]]
    if make is table:
        write(f"{name}/data/test-00000-of-00001.parquet", make(rows), **options)
    else:
        write(f"{name}/data/test-00000-of-00001.parquet", make(samples[3 * count :]), **options)
    with open(os.path.join(root, name, "README.md"), "w") as file:
        file.write("A dataset.\n")


for codec in ["none", "snappy", "zstd", "gzip", "brotli", "lz4"]:
    halves(codec, compression=codec, row_group_size=5)
    form(codec)
halves("v2", data_page_version="2.0", compression="zstd", row_group_size=7)
form("v2")
halves("v2-none", data_page_version="2.0", compression="none", use_dictionary=False)
form("v2-none")
halves("dictionary", use_dictionary=True, compression="none")
form("dictionary")
halves("plain", use_dictionary=False)
form("plain")
halves("pages", use_dictionary=False, data_page_size=512, write_batch_size=2, write_page_index=True)
form("pages")
halves(
    "delta",
    use_dictionary=False,
    column_encoding={"image.bytes": "DELTA_LENGTH_BYTE_ARRAY", "label": "DELTA_BINARY_PACKED"},
)
form("delta")
halves("large", lambda rows: table(rows, binary=pyarrow.large_binary()))
form("large")
halves("flat", lambda rows: table(rows, flat=True))
form("flat")
halves("small-labels", lambda rows: table(rows, kind=pyarrow.int8()), row_group_size=3)
form("small-labels")
halves("no-names", lambda rows: table(rows, names=None))
form("no-names", ["0", "1", "2"])
halves("texts", lambda rows: table([(NAMES[label], body) for label, body in rows], names=None, kind=pyarrow.string()))
form("texts")
halves("cranes", lambda rows: table(rows, names=["crane", "bee", "crane"]))
form("cranes", ["0", "1", "2"], words={"0": "crane", "1": "bee", "2": "crane"})
halves("fine", lambda rows: table(rows, label="fine_label"))
form("fine")

# As the converter of Hugging Face lays them out; with every form below of the same samples.
quarter = len(samples) // 4
write("converted/default/train/0000.parquet", table(samples[: 2 * quarter]))
write("converted/default/validation/0000.parquet", table(samples[2 * quarter : 3 * quarter]))
form("converted")
write("direct/train.parquet", table(samples[: 2 * quarter]))
write("direct/val.parquet", table(samples[2 * quarter : 3 * quarter]))
form("direct")
write("one/all.parquet", table(samples[: 3 * quarter]), row_group_size=4)
form("one/all.parquet", split=False)
form("one", split=False)

rows = [(label, None if i % 5 == 4 else body) for i, (label, body) in enumerate(samples)]
rows[0] = (-1, rows[0][1])
rows[1] = (None, rows[1][1])
write("nulls/train.parquet", table(rows), row_group_size=6)

# More bytes than are kept in memory as one, in pages of several sizes.
big = [(i % 3, os.urandom(3000) + bytes([i % 251])) for i in range(12_000)]
write("big/train.parquet", table(big, binary=pyarrow.large_binary()), row_group_size=12_000)
write("many/train.parquet", table(big), row_group_size=100)

print(json.dumps(forms))
