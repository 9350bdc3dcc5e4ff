"""The files of an upload: items in one file, labels and names in two tables, how they were read in a fourth."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_array

from mlcl_core.data.pictures import PictureCells, Pictures
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.readers.sparse import csr_of
from mlcl_core.data.texts import Texts

PARTS = ("data", "indices", "indptr")  # of a sparse matrix
FEATURES, TEXTS, PICTURES = "x.safetensors", "texts.arrow", "pictures.arrow"
ITEMS, LABELS = "items.parquet", "labels.parquet"
READING = "reading.json"  # not in about.json, which is read whenever uploads are listed
BATCH_BYTES = 1 << 24  # of pictures in memory while they are written


def kind_of(loaded: LoadedData) -> str:
    """The kind of the items: ``text``, ``picture`` or ``features``."""
    if isinstance(loaded.x, Texts):
        return "text"
    return "picture" if isinstance(loaded.x, Pictures) else "features"


def write_stored(
    folder: Path, loaded: LoadedData, label_names: tuple[str, ...], options: Mapping[str, Any] | None = None
) -> None:
    """Write items, labels, names, splits and how they were read into a folder.

    Args:
        folder: An empty folder.
        loaded: Data that :func:`mlcl_core.data.files.build_dataset` accepts.
        label_names: One per label.
        options: By which the original file was read.

    Edge cases:
        Numbers are stored in 32 bits where that is exact, else in 64 bits, so that they are read back unchanged. Names
        and splits that the file does not have are not stored: they are made when the data is loaded.

    Raises:
        OSError: The disk is full.
    """
    if isinstance(loaded.x, Texts):
        _write_texts(folder / TEXTS, loaded.x)
    elif isinstance(loaded.x, Pictures):
        _write_pictures(folder / PICTURES, loaded.x)
    else:
        save_file(_numbers(loaded.x), folder / FEATURES)
    y = csr_array(loaded.y, dtype=bool)
    y.sum_duplicates()
    y.eliminate_zeros()
    labels = pa.LargeListArray.from_arrays(pa.array(y.indptr, pa.int64()), pa.array(y.indices, pa.int32()))
    columns: dict[str, pa.Array] = {"labels": labels}
    if loaded.item_names is not None:
        columns["name"] = pa.array(loaded.item_names, pa.large_string())
    if loaded.split is not None and len(loaded.split):
        columns["split"] = pa.array(loaded.split.tolist(), pa.large_string())
    if loaded.groups is not None:
        columns["group"] = pa.array(loaded.groups, pa.int64())
    pq.write_table(pa.table(columns), folder / ITEMS)
    pq.write_table(pa.table({"name": pa.array(label_names, pa.large_string())}), folder / LABELS)
    reading = {
        "options": dict(options or {}),
        "schema": loaded.schema,
        "said": loaded.said,
        "left_out": loaded.left_out,
    }
    (folder / READING).write_text(json.dumps(reading, ensure_ascii=False) + "\n", encoding="utf-8")


def read_stored(folder: Path, kind: str) -> LoadedData:
    """Read what :func:`write_stored` wrote; texts and pictures stay on the disk, mapped into memory.

    Args:
        folder: The folder.
        kind: From :func:`kind_of`. For ``features``, ``x`` has no columns; :func:`stored_features` reads them.

    Raises:
        OSError, ValueError, KeyError: A file is missing, cut off or changed; pyarrow's exceptions are of these kinds.

    Edge cases:
        An upload of an earlier version does not say how it was read.
    """
    items = pq.read_table(folder / ITEMS)
    label_names = tuple(pq.read_table(folder / LABELS)["name"].to_pylist())
    lists = items["labels"].combine_chunks()
    # copies, because scipy sorts in place and Arrow's memory is read-only
    indices, starts = (np.array(part.to_numpy()) for part in (lists.values, lists.offsets))
    # scipy does not check indices beyond the last column
    if len(indices) and not 0 <= indices.min() <= indices.max() < len(label_names):
        raise ValueError("a label that has no name")
    shape = (len(lists), len(label_names))
    y = csr_array((np.ones(len(indices), bool), indices, starts), shape=shape)
    return LoadedData(
        np.empty((len(lists), 0)) if kind == "features" else _read_items(folder, kind),
        y,
        label_names=label_names,
        item_names=tuple(items["name"].to_pylist()) if "name" in items.column_names else None,
        split=np.array(items["split"].to_pylist(), dtype=str) if "split" in items.column_names else None,
        groups=items["group"].to_numpy() if "group" in items.column_names else None,
        **_reading(folder / READING),
    )


def stored_features(folder: Path) -> np.ndarray | csr_array:
    """Read the numbers that :func:`write_stored` wrote: rows x features, sparse where they were.

    The format is a length, a short header and the numbers; its reader checks the header against the file's size.

    Raises:
        OSError, KeyError, InputError, safetensors.SafetensorError: The file is missing, cut off or changed.
    """
    held = load_file(folder / FEATURES)
    if "x" in held:
        return held["x"]
    data, indices, indptr = (held[name] for name in PARTS)
    return csr_of(data, indices, indptr, held["shape"].tolist(), str(folder / FEATURES), layout="csr")


def _reading(path: Path) -> dict[str, Any]:
    """How the file was read, as fields of :class:`LoadedData`."""
    if not path.exists():
        return {}
    held = json.loads(path.read_text(encoding="utf-8"))
    left_out = tuple((int(row), str(why)) for row, why in held["left_out"])
    return {"schema": held["schema"], "said": tuple(map(str, held["said"])), "left_out": left_out}


def _read_items(folder: Path, kind: str) -> Texts | Pictures:
    if kind == "text":
        texts = Texts.mapped(folder / TEXTS, "text")
        texts.column.validate(full=True)
        return texts
    with pa.memory_map(str(folder / PICTURES)) as source:
        table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    names = table["name"].to_pylist()
    return Pictures(names, PictureCells(names, table["picture"], None, file=folder / PICTURES))


def _numbers(x: np.ndarray | csr_array) -> dict[str, np.ndarray]:
    if isinstance(x, np.ndarray):
        return {"x": _smallest(x)}
    x = csr_array(x)
    x.sum_duplicates()
    parts = {"data": _smallest(x.data), "indices": x.indices, "indptr": x.indptr}
    return parts | {"shape": np.array(x.shape, np.int64)}


def _smallest(x: np.ndarray) -> np.ndarray:
    exact = np.ascontiguousarray(x, dtype=np.float64)
    with np.errstate(over="ignore"):
        short = exact.astype(np.float32)
    return short if (short == exact).all() else exact


def _write_texts(path: Path, texts: Texts) -> None:
    table = pa.table({"text": texts.column})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _write_pictures(path: Path, pictures: Pictures) -> None:
    schema = pa.schema({"name": pa.large_string(), "picture": pa.large_binary()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for rows, encoded in _batches(pictures):
            names = [pictures.names[row] for row in rows]
            writer.write_batch(pa.record_batch([pa.array(names, pa.large_string()), encoded], schema=schema))


def _batches(pictures: Pictures) -> Iterator[tuple[list[int], pa.Array]]:
    """Rows and their encoded bytes, ``BATCH_BYTES`` or a little more at a time."""
    rows: list[int] = []
    encoded: list[bytes] = []
    for row in range(len(pictures)):
        rows.append(row)
        encoded.append(pictures.read(row))
        if sum(map(len, encoded)) >= BATCH_BYTES:
            yield rows, pa.array(encoded, pa.large_binary())
            rows, encoded = [], []
    if rows:
        yield rows, pa.array(encoded, pa.large_binary())
