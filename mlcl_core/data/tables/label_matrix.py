"""The labels of each row of a table, from all its label columns."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array, hstack

from mlcl_core.data.tables.cells import CellReading, ZeroOneLabels, read_cells, read_zero_one
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.data.tables.schema import LABEL, Column, TableSchema
from mlcl_core.data.tables.unknown import unknown_cells
from mlcl_core.errors import InputError

MAX_LABELS = 100_000


@dataclass(frozen=True)
class LabelRows:
    """The labels of each row.

    Args:
        matrix: Bool, rows x labels.
        names: One per column.
        dropped: Which rows are left out, as a label is unknown.
        said: As in :class:`TableSchema`.
    """

    matrix: csr_array
    names: tuple[str, ...]
    dropped: np.ndarray
    said: tuple[str, ...] = ()


def label_rows(table: pa.Table, schema: TableSchema, path: Path) -> LabelRows:
    """Read the label columns of a table: those of 0 and 1 first, then the lists; equal names are one label.

    Raises:
        InputError: A cell that does not fit its form, no label, or more than ``MAX_LABELS``.
        QuestionError: Unknown cells, about which the schema says nothing.
    """
    columns = schema.of_role(LABEL)
    ones = [column.name for column in columns if column.cell == "zero_one"]
    parts: list[tuple[csr_array, tuple[str, ...]]] = []
    dropped = np.zeros(table.num_rows, bool)
    said: list[str] = []
    if ones:
        matrix, kept = _zero_one([table[name] for name in ones], ones, schema, path)
        parts.append((matrix, tuple(ones)))
        dropped = ~kept
    for column in columns:
        if column.cell != "zero_one":
            matrix, names, more = _lists(table[column.name], column, schema, path)
            parts.append((matrix, names))
            said += more
    if schema.unlabelled:
        return LabelRows(csr_array((table.num_rows, 0), dtype=bool), (), dropped)
    matrix, names = parts[0] if len(parts) == 1 else _united(parts)
    matrix, names = _without(matrix, names, schema.no_label)
    if not names:
        raise InputError(f"{path}: column {columns[0].name!r} holds no label; at least one item needs one")
    if len(names) > MAX_LABELS:
        raise InputError(
            f"{path}: column {columns[-1].name!r} holds {len(names):,} different labels, such as {names[0][:60]!r}; at "
            f"most {MAX_LABELS:,} are allowed: another column or another separator must be meant"
        )
    return LabelRows(matrix, names, dropped, tuple(said))


def _zero_one(columns: list[pa.ChunkedArray], names: list[str], schema: TableSchema, path: Path) -> ZeroOneLabels:
    try:
        return read_zero_one(columns, names, path, unknown=schema.unknown, threshold=schema.threshold)
    except InputError:
        if not schema.unknown and schema.threshold is None:
            questions = unknown_cells(columns, names)
            if questions:
                raise QuestionError(path, questions) from None
        raise


def _lists(
    column: pa.ChunkedArray, form: Column, schema: TableSchema, path: Path
) -> tuple[csr_array, tuple[str, ...], tuple[str, ...]]:
    reading, classes = CellReading(form.cell, form.separator), schema.classes.get(form.name)
    found = read_cells(column, form.name, reading, path, classes=classes, no_label=schema.no_label)
    return found.y, found.names, found.said


def _united(parts: list[tuple[csr_array, tuple[str, ...]]]) -> tuple[csr_array, tuple[str, ...]]:
    """Several matrices side by side; columns of one name are joined."""
    names = tuple(dict.fromkeys(name for _, own in parts for name in own))
    place = {name: column for column, name in enumerate(names)}
    wide = csr_array(hstack([matrix for matrix, _ in parts], format="csr"))
    own = np.array([place[name] for _, own in parts for name in own])
    joined = csr_array((wide.data, own[wide.indices], wide.indptr), shape=(wide.shape[0], len(names)))
    joined.sum_duplicates()
    return csr_array(joined, dtype=bool), names


def _without(matrix: csr_array, names: tuple[str, ...], words: tuple[str, ...]) -> tuple[csr_array, tuple[str, ...]]:
    kept = [column for column, name in enumerate(names) if name not in words]
    if len(kept) == len(names):
        return matrix, names
    return csr_array(matrix[:, kept]), tuple(names[column] for column in kept)
