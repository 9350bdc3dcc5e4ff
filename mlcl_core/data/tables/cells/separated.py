"""Cells that hold labels with a separator between them."""

from mlcl_core.data.tables.cells.columns import TEXT, Cells
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.cells.separators import look_at_words
from mlcl_core.data.tables.cells.split_cells import split_cells


def look(cells: Cells, separator: str) -> CellReading | None:
    """How the labels of text cells are separated; a column without separator holds one label a cell."""
    return look_at_words(cells, separator)


def read(cells: Cells, separator: str) -> Entries:
    """The labels of each cell; a piece that begins and ends with a double quote is read as in CSV."""
    return split_cells(cells, separator, quotes=True)


SEPARATED = CellForm("separated", "labels with a separator between them", look, read, (TEXT,))
