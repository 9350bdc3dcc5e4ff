"""Label cells: the forms in which programs write the labels of an item into a cell, recognised, then read exactly.

To add a form: its file, one line here, its test. A column is looked at once, by :func:`look_at_cells`; the reading is
then what :func:`read_cells` reads every row by.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from mlcl_core.data.tables.cells.look import counts_of, look_at_column, read_column
from mlcl_core.data.tables.cells.no_label import no_label_words
from mlcl_core.data.tables.cells.record import CellForm, CellReading, LabelCells
from mlcl_core.data.tables.cells.zero_one import (
    ZeroOne,
    ZeroOneLabels,
    read_zero_one,
    zero_one_columns,
    zero_one_facts,
)
from mlcl_core.registry import records_in

# The first form that fits a column is taken.
# isort: off
from mlcl_core.data.tables.cells.zero_one import ZERO_ONE
from mlcl_core.data.tables.cells.vector import VECTOR
from mlcl_core.data.tables.cells.arrow_list import ARROW_LIST
from mlcl_core.data.tables.cells.listed import LISTED
from mlcl_core.data.tables.cells.separated import SEPARATED
from mlcl_core.data.tables.cells.unquoted import UNQUOTED
from mlcl_core.data.tables.cells.one import ONE
# isort: on

CELLS = records_in(globals(), CellForm)


def look_at_cells(
    column: pa.ChunkedArray,
    name: str,
    *,
    cell: str = "",
    separator: str = "",
    classes: Sequence[str] | None = None,
) -> CellReading | None:
    """How the label cells of a column are written.

    Args:
        column: The first rows, at least some thousand where there are so many; of any type of Arrow.
        name: Of the column.
        cell: A key of ``CELLS`` that is taken without a question; empty: recognised.
        separator: Taken without a question; ``\\t`` and ``\\n`` may be written with a backslash. Empty: recognised.
        classes: Names of the classes, where cells hold their numbers.

    Returns:
        The reading, with its questions where two are possible; None where cells can hold no labels: bytes that are no
        text, numbers that are no classes, blank cells alone.

    Raises:
        InputError: ``cell`` or ``separator`` cannot be; the message names what is allowed.
    """
    return look_at_column(CELLS, column, name, cell=cell, separator=separator, classes=classes)


def read_cells(
    column: pa.ChunkedArray,
    name: str,
    reading: CellReading,
    path: Path,
    *,
    classes: Sequence[str] | None = None,
    no_label: Sequence[str] = (),
) -> LabelCells:
    """The labels of a whole column.

    Args:
        column: All rows.
        name: Of the column.
        reading: From :func:`look_at_cells`, or made from a form and a separator that are known.
        path: Named in errors.
        classes: Names of the classes, where cells hold their numbers.
        no_label: Words in cells that say "no label", in any case.

    Returns:
        Bool [rows, labels]; the names, sorted (of vectors, in their order; of ``zero_one``, the column's name); and
        sentences on what was joined: spellings of a label that differ in blanks around it or in their Unicode form.
        A column without any label gives no names.

    Raises:
        InputError: A cell that does not fit the form: its file, row (from 0), column, and what would be right.
    """
    return read_column(CELLS, column, name, reading, path, classes=classes, no_label=no_label)


def label_counts(
    column: pa.ChunkedArray, name: str, reading: CellReading, *, classes: Sequence[str] | None = None
) -> dict[str, int]:
    """Rows of each label, in the order of :func:`read_cells`: for questions and previews."""
    return counts_of(read_cells(column, name, reading, Path(name), classes=classes))


__all__ = [
    "CELLS",
    "CellForm",
    "CellReading",
    "LabelCells",
    "ZeroOne",
    "ZeroOneLabels",
    "label_counts",
    "look_at_cells",
    "no_label_words",
    "read_cells",
    "read_zero_one",
    "zero_one_columns",
    "zero_one_facts",
]
