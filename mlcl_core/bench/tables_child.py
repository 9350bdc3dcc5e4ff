"""One reading of a table, by the Lab or by a peer, in a process of its own: seconds, memory, and a hash of the labels.

``python -m mlcl_core.bench.tables_child FORM ours|peer FILE`` prints one JSON object.
"""

import hashlib
import json
import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.json as arrow_json
import pyarrow.parquet as pq
from scipy.sparse import csr_array

from mlcl_core.data.readers import READERS

READER = {"parquet": "parquet", "csv": "csv", "jsonl": "json", "long": "csv"}


def ours(form: str, path: Path) -> tuple[csr_array, list[str]]:
    """The labels as the Lab reads them."""
    # half of the labels of a set with very many occur once, so that their form is told
    told = {"csv": {"separator": ";"}, "long": {"cell": "one", "rows": "item_label"}}
    loaded = READERS[READER[form]].read(path, **told.get(form, {}))
    return csr_array(loaded.y), list(loaded.label_names or ())


def peer(form: str, path: Path) -> tuple[csr_array, list[str]]:
    """The labels by pyarrow or pandas alone, with all columns of the file read."""
    if form == "long":
        frame = pd.read_csv(path)
        rows, ids = pd.factorize(frame["id"])
        columns, names = pd.factorize(frame["label"], sort=True)
        matrix = csr_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(ids), len(names)))
        matrix.sum_duplicates()
        return matrix, list(names)
    if form == "parquet":
        lists = pq.read_table(path)["labels"]
    elif form == "csv":
        lists = pc.split_pattern(arrow_csv.read_csv(path)["labels"], ";")
    else:
        lists = arrow_json.read_json(path)["labels"]
    return _of_lists(lists)


def _of_lists(lists: pa.ChunkedArray) -> tuple[csr_array, list[str]]:
    lengths = pc.list_value_length(lists).to_numpy()
    words = pc.list_flatten(lists).combine_chunks().dictionary_encode()
    order = pc.sort_indices(words.dictionary).to_numpy()
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    indices = place[words.indices.to_numpy()]
    indptr = np.concatenate([[0], lengths.cumsum()])
    matrix = csr_array((np.ones(len(indices), bool), indices, indptr), shape=(len(lengths), len(order)))
    matrix.sum_duplicates()
    return matrix, words.dictionary.take(pa.array(order)).to_pylist()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _digest(matrix: csr_array, names: list[str]) -> str:
    matrix.sort_indices()
    found = hashlib.sha256(json.dumps(names).encode())
    found.update(matrix.indptr.astype(np.int64).tobytes())
    found.update(matrix.indices.astype(np.int64).tobytes())
    return found.hexdigest()


def main(form: str, side: str, path: str) -> dict[str, Any]:
    """Read a file; the answer."""
    before = _resident()
    begun = perf_counter()
    matrix, names = {"ours": ours, "peer": peer}[side](form, Path(path))
    seconds = perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "memory": max(1, peak - before), "digest": _digest(matrix, names)}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
