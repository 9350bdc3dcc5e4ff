"""Text cells split at a separator, by Arrow; cells with quotes or HTML entities one by one."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.cells.columns import CellError, Cells, holds_byte
from mlcl_core.data.tables.cells.matrix import Collector, scattered
from mlcl_core.data.tables.cells.record import Entries
from mlcl_core.data.tables.cells.splitting import ENTITY, MARKUP, split


def split_cells(cells: Cells, separator: str, *, quotes: bool) -> Entries:
    """The labels of each cell.

    Args:
        cells: A column of texts.
        separator: Between labels.
        quotes: Whether a piece that begins and ends with a double quote is read as in CSV.

    Raises:
        CellError: No separator, or a cell that is not in angle brackets where ``MARKUP`` separates.
    """
    if not separator:
        raise CellError(None, "holds labels with a separator between them; the option separator= names it")
    collector, start = Collector(), 0
    for part in cells.slices():
        text = _inside(part, start) if separator == MARKUP else part
        odd = _odd(text, quotes and separator != MARKUP)
        if odd is None:
            collector.add_lists(pc.split_pattern(text, separator))
        else:
            collector.add(*_with_odd(text, odd, separator, quotes, collector))
        start += len(part)
    return collector.entries()


def _inside(part: pa.Array, start: int) -> pa.Array:
    """Cells without their outer angle brackets."""
    text = pc.fill_null(pc.utf8_trim_whitespace(part), "")
    fits = pc.or_(pc.equal(text, ""), pc.and_(pc.starts_with(text, "<"), pc.ends_with(text, ">")))
    if not pc.all(fits).as_py():
        raise CellError(start + pc.index(fits, False).as_py(), "tags are written <one><two>")
    return pc.utf8_slice_codeunits(text, 1, -1)


def _odd(part: pa.Array, quotes: bool) -> np.ndarray | None:
    """The cells with quotes or HTML entities, which Arrow's split does not know; None where there are none."""
    masks = []
    if holds_byte(part, "&"):
        masks.append(pc.match_substring_regex(part, ENTITY.pattern))
    if quotes and holds_byte(part, '"'):
        masks.append(pc.match_substring(part, '"'))
    odd = [pc.fill_null(mask, False).to_numpy(zero_copy_only=False) for mask in masks]
    return np.any(odd, axis=0) if np.any(odd) else None


def _with_odd(
    part: pa.Array, odd: np.ndarray, separator: str, quotes: bool, collector: Collector
) -> tuple[np.ndarray, np.ndarray]:
    plain = collector.of_lists(pc.split_pattern(part.filter(pa.array(~odd)), separator))
    cells = part.filter(pa.array(odd)).dictionary_encode()
    pieces = [split(cell, separator, quotes=quotes) for cell in cells.dictionary.to_pylist()]
    return scattered(odd, plain, collector.of_different(pieces, cells.indices.to_numpy()))
