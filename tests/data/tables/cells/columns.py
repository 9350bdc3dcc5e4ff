"""Columns for the tests of label cells, and what they are read as."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.tables.cells import CellReading, look_at_cells, read_cells

PATH = Path("a.csv")


def column_of(cells: Sequence[Any] | pa.Array, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    """A column in two chunks, as files of several blocks give."""
    whole = cells if isinstance(cells, pa.Array) else pa.array(cells, kind)
    middle = len(whole) // 2
    return pa.chunked_array([whole.slice(0, middle), whole.slice(middle)])


def looked(cells: Sequence[Any] | pa.Array, **options: Any) -> CellReading:
    """The reading of a column, which must have one."""
    found = look_at_cells(column_of(cells), "labels", **options)
    assert found is not None
    return found


def sets_of(cells: Sequence[Any] | pa.Array, reading: CellReading, **options: Any) -> list[set[str]]:
    """The labels of each row."""
    y, names, _ = read_cells(column_of(cells), "labels", reading, PATH, **options)
    dense = y.toarray()
    assert dense.dtype == bool
    return [{name for name, carried in zip(names, row, strict=True) if carried} for row in dense]


def read_sets(cells: Sequence[Any] | pa.Array, **options: Any) -> list[set[str]]:
    """The labels of each row of a column that is read without a question."""
    reading = looked(cells, **options)
    assert reading.questions == ()
    classes = {"classes": options["classes"]} if "classes" in options else {}
    return sets_of(cells, reading, **classes)
