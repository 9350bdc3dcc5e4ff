"""Columns of numbers as features: one number a cell, 0 and 1 in any words, or a list of numbers."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.progress import progress
from mlcl_core.data.tables.arrow_types import is_list, is_text, list_values, undictionaried
from mlcl_core.data.tables.cells import read_zero_one
from mlcl_core.data.tables.facts import as_numbers, first_no_number, numbers_in, trimmed
from mlcl_core.data.tables.schema import FEATURE, Column, TableSchema
from mlcl_core.errors import InputError


def features_of(table: pa.Table, schema: TableSchema, rows: np.ndarray, path: Path) -> np.ndarray:
    """The features of some rows, float64 [rows, features]; an empty cell is NaN.

    Raises:
        InputError: A cell that is no number, or a list of another length than the first (row and column named).
    """
    columns = schema.of_role(FEATURE)
    if len(columns) == 1 and columns[0].cell == "embedding":
        x = _embedding(undictionaried(table[columns[0].name]), columns[0].name, path)
        return x if len(rows) == len(x) else x[rows]
    x = np.empty((len(rows), len(columns)))
    for place, column in enumerate(columns):
        numbers = _numbers(table[column.name], column, schema, path)
        x[:, place] = numbers if len(rows) == len(numbers) else numbers[rows]
        progress()
    return x


def _numbers(cells: pa.ChunkedArray, column: Column, schema: TableSchema, path: Path) -> np.ndarray:
    decimal = schema.decimal or "."
    numbers = as_numbers(cells, decimal)
    if numbers is not None:
        return numbers
    if column.cell == "zero_one":
        return read_zero_one([cells], [column.name], path).y.toarray()[:, 0].astype(np.float64)
    row = first_no_number(cells, decimal)
    cell = undictionaried(cells)[row].as_py()
    raise InputError(
        f"{path}: column {column.name!r} holds text ({str(cell)[:60]!r} at row {row}), not numbers; leave out what is "
        f"no feature by the option ignore={column.name}, or name the labels by the option labels"
    )


def _embedding(cells: pa.ChunkedArray, name: str, path: Path) -> np.ndarray:
    if is_text(cells.type):
        return _written(trimmed(cells), name, path)
    assert is_list(cells.type)
    lengths = pc.fill_null(pc.list_value_length(cells), 0).to_numpy()
    _refuse_other_length(lengths, name, path)
    return list_values(cells).cast(pa.float64(), safe=False).to_numpy().reshape(len(cells), -1)


def _written(cells: pa.ChunkedArray, name: str, path: Path) -> np.ndarray:
    found = []
    for row, cell in enumerate(cells.to_pylist()):
        numbers = None if cell is None else numbers_in(cell)
        if numbers is None:
            raise InputError(
                f"{path}: column {name!r} is {str(cell)[:60]!r} at row {row}; it must be a list of numbers"
            )
        found.append(numbers)
        if row % 1000 == 0:
            progress()
    _refuse_other_length(np.array([len(numbers) for numbers in found]), name, path)
    return np.array(found)


def _refuse_other_length(lengths: np.ndarray, name: str, path: Path) -> None:
    wrong = np.flatnonzero(lengths != lengths[0])
    if wrong.size:
        row = int(wrong[0])
        raise InputError(
            f"{path}: column {name!r} holds {lengths[row]} numbers at row {row}; it must hold {lengths[0]}, as at row 0"
        )
