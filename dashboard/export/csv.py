"""Comma-separated values, UTF-8; what a table is and where it comes from stands in a file beside it."""

import json
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as arrow_csv

from dashboard.export.record import TableFormat
from dashboard.export.table import ExportTable
from dashboard.figures.formatting import SUSPECT, cell


def write_csv(table: ExportTable, file: BinaryIO) -> None:
    """Write a table; a number has as many digits as tell it apart, so that it is read as the same number of its type.

    Edge cases:
        A list is a JSON list in its cell. A text that a spreadsheet would read as a formula gets a zero-width character
        in front; in a list, the signs that begin a formula are JSON escapes, which a JSON reader reads as they were.
        NaN is ``nan``; an unknown number is an empty cell.
    """
    names = [cell(name) for name in table.columns.column_names]
    arrow_csv.write_csv(pa.table([_inert(column) for column in table.columns.columns], names=names), file)


def _inert(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if pa.types.is_list(column.type):
        return pa.array([_listed(values) for values in column.to_pylist()], pa.string())
    if pa.types.is_string(column.type):
        return pa.array([None if text is None else cell(text) for text in column.to_pylist()], pa.string())
    return column


def _listed(values: list[Any] | None) -> str | None:
    if values is None:
        return None
    text = json.dumps(values, ensure_ascii=False)
    return text if cell(text) == text else SUSPECT.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


CSV = TableFormat("csv", "CSV", "text/csv", write_csv, beside=True)
