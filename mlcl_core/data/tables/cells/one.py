"""Cells that hold one label each, as a word or as the number of a class."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.cells.columns import NUMBER, TEXT, CellError, Cells
from mlcl_core.data.tables.cells.looks import label_reading
from mlcl_core.data.tables.cells.matrix import Collector
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.cells.splitting import without_entities

WHOLE_FLOAT = re.compile(r"-?\d+\.0+")


def look(cells: Cells, separator: str) -> CellReading | None:
    """One label a cell; None where numbers are fractions."""
    if cells.kind == NUMBER:
        numbers = cells.numbers
        known = numbers[~np.isnan(numbers)]
        if not len(known) or not np.isfinite(known).all() or (known != np.floor(known)).any():
            return None
    elif not cells.counts:
        return None
    return label_reading(cells, read(cells, ""), "one", "", "each cell is one label", quiet=True)


def read(cells: Cells, separator: str) -> Entries:
    """The word of each cell; a whole number is written without a point."""
    collector = Collector()
    for part in cells.slices():
        if cells.kind == NUMBER:
            collector.add_cells(_whole(cells, part))
        else:
            collector.add_cells(part.cast(pa.large_string()))
    entries = collector.entries()
    words = [without_entities(word) if "&" in word else word for word in entries.words]
    if any(map(WHOLE_FLOAT.fullmatch, words)) and all(_is_whole(word) for word in words if word.strip()):
        words = [word.strip().split(".")[0] for word in words]
    return entries._replace(words=words)


def _is_whole(word: str) -> bool:
    return re.fullmatch(r"-?\d+(\.0+)?", word.strip()) is not None


def _whole(cells: Cells, part: pa.Array) -> pa.Array:
    if pa.types.is_boolean(part.type):
        return part.cast(pa.large_string())
    try:
        return part.cast(pa.int64()).cast(pa.large_string())
    except pa.ArrowInvalid:
        numbers = part.cast(pa.float64(), safe=False)
    # NaN is an empty cell, as pandas writes it
    numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    try:
        return numbers.cast(pa.int64()).cast(pa.large_string())
    except pa.ArrowInvalid:
        values = cells.numbers
        row = int(np.flatnonzero(~np.isnan(values) & (values != np.floor(values)))[0])
        raise CellError(row, "one label a cell is a word, or the whole number of a class") from None


ONE = CellForm("one", "one label", look, read, (TEXT, NUMBER))
