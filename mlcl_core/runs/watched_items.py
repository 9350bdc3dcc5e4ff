"""probe.parquet: the watched items, read and checked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import ArrowException

from mlcl_core.errors import InputError
from mlcl_core.runs.checked import MAX_NUMBER, MAX_REASON
from mlcl_core.runs.checked_arrays import Watched
from mlcl_core.runs.files import open_regular
from mlcl_core.runs.records import TrainedOn, WatchedItems


def read_watched_items(path: Path) -> WatchedItems:
    """The watched items; the last readings are kept while the file is unchanged.

    Raises:
        InputError: The file is missing or damaged.
    """
    return _read_watched_items(path, _stamp(path))


def read_watched_ids(path: Path) -> Watched:
    """Ids of the watched items and number of labels, without the rest; errors as :func:`read_watched_items`."""
    return _read_watched_ids(path, _stamp(path))


def has_trained_on(path: Path) -> bool:
    """Whether the label counts of the training items are there; errors as :func:`read_watched_items`."""
    with _table_errors(path), open_regular(path) as file:
        return b"trained_on" in (pq.read_schema(file).metadata or {})


def read_label_counts(path: Path) -> np.ndarray:
    """How many labels each watched item has; the rest of the file is not read. Errors as :func:`read_watched_items`."""
    with _table_errors(path), open_regular(path) as file:
        lengths = pc.list_value_length(_columns(file, ["labels"])["labels"])
        return np.asarray(pc.fill_null(lengths, 0).to_numpy(), dtype=np.int64)


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=8)
def _read_watched_items(path: Path, stamp: int) -> WatchedItems:
    with _table_errors(path), open_regular(path) as file:
        table = _columns(file)
        label_names = _label_names(table.schema.metadata)
        position = {name: column for column, name in enumerate(label_names)}
        labels = np.zeros((table.num_rows, len(label_names)), dtype=bool)
        for row, names in enumerate(_values(table, "labels", list)):
            labels[row, [position[name] for name in names]] = True
        return WatchedItems(
            ids=_item_ids(table),
            split=np.array(_values(table, "split", str), dtype=str),
            names=tuple(_values(table, "name", str)),
            labels=labels,
            label_names=label_names,
            pictures=tuple(_values(table, "picture", bytes)) if "picture" in table.column_names else None,
            texts=tuple(_values(table, "text", str)) if "text" in table.column_names else None,
            trained_on=_trained_on(table.schema.metadata, len(label_names)),
        )


@lru_cache(maxsize=8)
def _read_watched_ids(path: Path, stamp: int) -> Watched:
    with _table_errors(path), open_regular(path) as file:
        table = _columns(file, ["id"])
        return Watched(_item_ids(table), len(_label_names(table.schema.metadata)))


def _columns(file: BinaryIO, names: list[str] | None = None) -> pa.Table:
    """The columns of an open file, read in this thread.

    Threads of Arrow's own may still hold a Python buffer when the table is there; in a process that ends at that moment
    (``mlcl show``) they abort it.
    """
    # pq.read_table reads in other threads whatever it is told
    with pq.ParquetFile(file, pre_buffer=False) as parquet:
        return parquet.read(columns=names, use_threads=False)


@contextmanager
def _table_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise InputError(f"{path}: cannot be read as the list of watched items: {error} is not known there") from None
    except (OSError, ArrowException, TypeError, ValueError, OverflowError, RecursionError) as error:
        words = " ".join(str(getattr(error, "strerror", None) or error).split())[:MAX_REASON]
        raise InputError(f"{path}: cannot be read as the list of watched items: {words}") from None


def _label_names(metadata: dict[bytes, bytes] | None) -> tuple[str, ...]:
    names = json.loads((metadata or {})[b"label_names"])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ValueError("label_names must be a list of different names")
    return tuple(names)


def _trained_on(metadata: dict[bytes, bytes], num_labels: int) -> TrainedOn | None:
    if b"trained_on" not in metadata:
        return None
    found = json.loads(metadata[b"trained_on"])
    items, counts, several = (np.asarray(found[name]) for name in ("items", "counts", "of_several"))
    if not all(np.issubdtype(x.dtype, np.integer) or not x.size for x in (items, counts, several)):
        raise ValueError("the label counts of the training items must be whole numbers")
    if items.shape or counts.shape != (num_labels,) or several.shape != (num_labels,):
        raise ValueError("there must be one label count for each label")
    if not ((several >= 0) & (several <= counts) & (counts <= items)).all():
        raise ValueError("a label count must lie between 0 and the number of training items")
    return TrainedOn(int(items), counts.astype(np.int64), several.astype(np.int64))


def _item_ids(table: pa.Table) -> np.ndarray:
    column = table["id"]
    if not pa.types.is_integer(column.type) or column.null_count:
        raise ValueError(f"id is {column.type}; it must hold whole numbers")
    ids = column.to_numpy().astype(np.int64)
    if len(np.unique(ids)) < len(ids) or (len(ids) and not 0 <= ids.min() <= ids.max() <= MAX_NUMBER):
        raise ValueError("id must hold different numbers, from 0 on")
    return ids


def _values(table: pa.Table, name: str, kind: type) -> list[Any]:
    values = table[name].to_pylist()
    if not all(isinstance(value, kind) for value in values):
        raise ValueError(f"{name} is {table[name].type}, or some of it is missing; it must hold {kind.__name__}")
    return values
