"""Tables of texts and labels in several forms, drawn from a seed."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

FORMS = ("parquet", "csv", "jsonl", "long")
BLOCK = 50_000  # rows of JSON that are written at a time


def write_tables(folder: Path, rows: int, labels: int, per_item: int, seed: int) -> dict[str, Path]:
    """Write one set in all of ``FORMS``.

    Args:
        folder: A new folder.
        rows, labels: Its size; each label occurs.
        per_item: The mean number of labels of an item, which is 1 to ``2 * per_item - 1``.
        seed: Of the labels.
    """
    folder.mkdir()
    generator = np.random.default_rng(seed)
    lengths = generator.integers(1, 2 * per_item, rows)
    chosen = generator.integers(0, labels, lengths.sum())
    chosen[:labels] = np.arange(labels)
    names = pa.array([f"label{place:05d}" for place in range(labels)])
    offsets = pa.array(np.concatenate([[0], lengths.cumsum()]).astype(np.int32))
    lists = pa.ListArray.from_arrays(offsets, names.take(pa.array(chosen)))
    texts = pa.array([f"item {row} of the set, in a few words" for row in range(rows)])
    files = {form: folder / f"set.{'csv' if form == 'long' else form}" for form in FORMS}
    files["long"] = folder / "long.csv"
    pq.write_table(pa.table({"text": texts, "labels": lists}), files["parquet"])
    arrow_csv.write_csv(pa.table({"text": texts, "labels": pc.binary_join(lists, ";")}), files["csv"])
    ids = pa.array(np.repeat(np.arange(rows), lengths)).cast(pa.string())
    keys = pc.binary_join_element_wise(pa.scalar("item"), ids, "-")
    arrow_csv.write_csv(pa.table({"id": keys, "label": lists.flatten()}), files["long"])
    with files["jsonl"].open("w", encoding="utf-8") as file:
        for start in range(0, rows, BLOCK):
            block = zip(texts[start : start + BLOCK].to_pylist(), lists[start : start + BLOCK].to_pylist(), strict=True)
            file.writelines(json.dumps({"text": text, "labels": own}) + "\n" for text, own in block)
    return files
