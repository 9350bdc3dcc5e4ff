"""NumPy arrays in an .npz file, without pickled objects."""

import json
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from dashboard.export.record import ORIGIN, TableFormat
from dashboard.export.table import ExportTable
from mlcl_core.errors import InputError

MAX_TEXT_BYTES = 1 << 30  # of one array of texts, whose longest decides about the size of all


def write_npz(table: ExportTable, file: BinaryIO) -> None:
    """Write a table: one array a column, z and h as matrices, the origin as JSON in the array ``mlcl_lab``.

    Lists of labels are a boolean matrix under their column's name, and its columns are named by ``label_names``. A text
    that is missing is empty, a missing number NaN.

    Raises:
        InputError: Texts so long that their array would be larger than a gigabyte.
    """
    matrices = {column: name for name, columns in table.arrays.items() for column in columns}
    arrays: dict[str, np.ndarray] = {}
    for name in table.columns.column_names:
        column = table.columns[name]
        if pa.types.is_list(column.type):
            arrays |= _indicators(name, column.to_pylist(), table.origin["label_names"])
        elif name not in matrices:
            arrays[name] = _array(name, column)
    for name, columns in table.arrays.items():
        parts = [table.columns[column].to_numpy() for column in columns]
        arrays[name] = np.stack(parts, axis=1) if parts else np.zeros((len(table), 0), np.float32)
    arrays |= table.beside
    arrays[ORIGIN] = np.array(json.dumps(table.origin))
    np.savez_compressed(file, allow_pickle=False, **arrays)


def _array(name: str, column: pa.ChunkedArray) -> np.ndarray:
    if not pa.types.is_string(column.type):
        return column.to_numpy()
    texts = [text or "" for text in column.to_pylist()]
    if 4 * len(texts) * max(map(len, texts), default=0) > MAX_TEXT_BYTES:
        raise InputError(f"column {name!r} holds texts too long for an array of texts; .parquet holds them")
    return np.array(texts, dtype=np.str_)


def _indicators(name: str, rows: list[list[str]], label_names: list[str]) -> dict[str, Any]:
    place = {label: at for at, label in enumerate(label_names)}
    found = np.zeros((len(rows), len(label_names)), dtype=bool)
    for row, labels in enumerate(rows):
        found[row, [place[label] for label in labels]] = True
    return {name: found, "label_names": np.array(label_names, dtype=np.str_)}


NPZ = TableFormat("npz", "NumPy arrays", "application/octet-stream", write_npz)
