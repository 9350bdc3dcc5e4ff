"""Cells that hold labels with a separator between them, where double quotes are part of the names."""

from mlcl_core.data.tables.cells.columns import TEXT, Cells
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.cells.separators import look_at_words
from mlcl_core.data.tables.cells.split_cells import split_cells


def look(cells: Cells, separator: str) -> CellReading | None:
    """How the labels of text cells are separated, whatever quotes they hold."""
    return look_at_words(cells, separator, quotes=False)


def read(cells: Cells, separator: str) -> Entries:
    """The labels of each cell; double quotes are part of the names."""
    return split_cells(cells, separator, quotes=False)


UNQUOTED = CellForm("unquoted", "labels with a separator between them, quotes as written", look, read, (TEXT,))
