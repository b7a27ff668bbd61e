"""Writes the set of forms.py as a Hugging Face Parquet dataset, beside the others."""

import json
import os
import sys

import pyarrow
import pyarrow.parquet

root = sys.argv[1]
wnids = sorted(os.listdir(os.path.join(root, "folder/train")))
features = {
    "image": {"_type": "Image"},
    "label": {"names": wnids, "_type": "ClassLabel"},
}
schema = pyarrow.schema(
    [
        ("image", pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])),
        ("label", pyarrow.int64()),
    ],
    metadata={"huggingface": json.dumps({"info": {"features": features}})},
)


def rows(split: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for label, wnid in enumerate(wnids):
        folder = os.path.join(root, "folder", split, wnid)
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                found.append({"image": {"bytes": file.read(), "path": name}, "label": label})
    return found


target = os.path.join(root, "hugging-face/data")
os.makedirs(target)
train = rows("train")
for shard in range(2):
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pylist(train[shard::2], schema=schema),
        os.path.join(target, f"train-{shard:05d}-of-00002.parquet"),
        row_group_size=10,
    )
pyarrow.parquet.write_table(
    pyarrow.Table.from_pylist(rows("val"), schema=schema),
    os.path.join(target, "validation-00000-of-00001.parquet"),
    compression="zstd",
)
