"""What the cells of each column are, whatever the column is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.pictures import ENDINGS, SIGNATURES
from mlcl_core.data.tables.arrow_types import is_bytes, is_list, is_number, is_text, list_values, undictionaried
from mlcl_core.data.tables.cells import zero_one_facts

EMPTY, ZERO_ONE, NUMBER, EMBEDDING = "empty", "zero_one", "number", "embedding"
PICTURE, TEXT, WORD, LISTS, OTHER = "picture", "text", "word", "lists", "other"
SAMPLE = 100  # cells that decide whether a column holds pictures
WORDS = 4.0  # per text, on average; names and labels are shorter
DIFFERENT = 0.5  # the least share of different cells among texts
UNIQUE = 0.95  # the same among names
MAX_ZERO_ONE = 50  # different cells of a column of 0 and 1 with unknown ones among them
MOSTLY = 0.5  # the share of numbers from which a column of numbers is damaged rather than a column of words
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "missing")


@dataclass(frozen=True)
class Facts:
    """The cells of one column.

    Args:
        kind: ``empty``, ``zero_one`` (perhaps with unknown cells), ``number``, ``embedding`` (a list of numbers),
            ``picture``, ``text``, ``word``, ``lists`` (typed) or ``other``.
        cells: The cells, without dictionary.
        different: Different cells by all that are not empty, 0 to 1.
        words: Words per cell that is not empty, on average; 0 where cells are no texts.
        numbers: The share of numbers among the cells of a column of words.
    """

    kind: str
    cells: pa.ChunkedArray
    different: float = 0.0
    words: float = 0.0
    numbers: float = 0.0

    @property
    def count(self) -> int:
        """How many different cells there are, without empty ones; 0 where they are not compared."""
        return round(self.different * (len(self.cells) - self.cells.null_count))

    @property
    def is_unique(self) -> bool:
        """Whether the cells are nearly all different."""
        return self.different >= UNIQUE


def facts_of(column: pa.ChunkedArray, decimal: str = ".") -> Facts:
    """What the cells of a column are.

    Args:
        column: Texts as written, or typed cells.
        decimal: The decimal mark of numbers in texts.
    """
    cells = undictionaried(column)
    kind = cells.type
    if is_picture_type(kind) and mostly(cells, is_picture_cell):
        return Facts(PICTURE, cells)
    if is_text(kind):
        try:
            return _facts_of_text(trimmed(cells), decimal)
        except pa.ArrowInvalid:
            # bytes that are no UTF-8
            return Facts(OTHER, cells)
    if cells.null_count == len(cells):
        return Facts(EMPTY, cells)
    if is_number(kind):
        return _facts_of_numbers(cells)
    if is_list(kind):
        return Facts(EMBEDDING if _is_embedding(cells) else LISTS, cells)
    # structs may be labels: objects with a name
    return Facts(OTHER, cells)


def _facts_of_numbers(cells: pa.ChunkedArray) -> Facts:
    numbers = cells.cast(pa.float64(), safe=False).to_numpy()
    if not np.isnan(numbers).any():
        if ((numbers == 0) | (numbers == 1)).all():
            return Facts(ZERO_ONE, cells)
    elif np.isnan(numbers).all():
        return Facts(EMPTY, cells)
    if _may_be_zero_one(numbers) and zero_one_facts(cells) is not None:
        return Facts(ZERO_ONE, cells)
    return Facts(NUMBER, cells, different=_different(cells))


def _may_be_zero_one(numbers: np.ndarray) -> bool:
    """Whether numbers may be 0 and 1 with unknown ones among them: quick, for tables of many columns."""
    given = numbers[~np.isnan(numbers)]
    whole = int(np.isin(given, (0, 1, -1)).sum())
    return bool(((given >= -1) & (given <= 1)).all()) and 2 * whole >= len(given)


def _facts_of_text(cells: pa.ChunkedArray, decimal: str) -> Facts:
    if cells.null_count == len(cells):
        return Facts(EMPTY, cells)
    numbers = as_numbers(cells, decimal)
    if numbers is not None:
        if _may_be_zero_one(numbers) and zero_one_facts(cells) is not None:
            return Facts(ZERO_ONE, cells)
        return Facts(NUMBER, cells, different=_different(cells))
    different = _different(cells)
    # 0 and 1, in words or among unknown cells, are few different ones
    few = different * (len(cells) - cells.null_count) <= MAX_ZERO_ONE
    if few and zero_one_facts(cells) is not None:
        return Facts(ZERO_ONE, cells)
    if mostly(cells, is_picture_name):
        return Facts(PICTURE, cells, different=different)
    if _is_written_embedding(cells):
        return Facts(EMBEDDING, cells)
    given = cells.drop_null()
    words = pc.count_substring_regex(given, r"\S+")
    average = pc.mean(words).as_py() or 0.0
    share = _share_of_numbers(given, decimal)
    kind = TEXT if average >= WORDS and different >= DIFFERENT else WORD
    return Facts(kind, cells, different=different, words=average, numbers=share)


def as_numbers(cells: pa.ChunkedArray, decimal: str = ".") -> np.ndarray | None:
    """Texts or numbers as float64, with NaN for missing cells (``MISSING``); None where a cell is no number."""
    cells = undictionaried(cells)
    if is_number(cells.type):
        return cells.cast(pa.float64(), safe=False).to_numpy()
    if not is_text(cells.type):
        return None
    cells = trimmed(cells)
    if decimal == ",":
        cells = pc.replace_substring(cells, ",", ".")
    try:
        return cells.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        pass
    marks = pc.is_in(pc.utf8_lower(cells), pa.array(MISSING, pa.large_string()))
    try:
        return pc.if_else(marks, pa.scalar(None, cells.type), cells).cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None


def first_no_number(cells: pa.ChunkedArray, decimal: str) -> int:
    """The row of the first cell that is no number; the column has one."""
    low, high = 0, len(cells)
    while high - low > 1:
        middle = (low + high) // 2
        if as_numbers(cells.slice(low, middle - low), decimal) is None:
            high = middle
        else:
            low = middle
    return low


def trimmed(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without surrounding white space, null where they are empty.

    Raises:
        pyarrow.ArrowException: Bytes that are no UTF-8.
    """
    text = pc.utf8_trim_whitespace(cells.cast(pa.large_string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.large_string()), text)


def undictionaried_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells of a column of any type that can be written as texts, as :func:`trimmed` gives them."""
    return trimmed(undictionaried(column))


def numbered(cells: pa.ChunkedArray) -> np.ndarray:
    """A number for the cell of each row, from 0 in the order in which cells first occur; -1 where it is null."""
    codes = cells.combine_chunks().dictionary_encode().indices
    return pc.fill_null(codes, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def coded(column: pa.ChunkedArray) -> np.ndarray:
    """A number for the cell of each row, equal for equal cells, blanks around them left out; -1 where it is empty.

    Numbers count from 0 in the order in which cells first occur, unless the column has a dictionary of its own.
    """
    if not pa.types.is_dictionary(column.type):
        return numbered(trimmed(column))
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.unify_dictionaries().combine_chunks()
    # the last one is for rows without a cell
    place = np.append(numbered(trimmed(pa.chunked_array([whole.dictionary]))), -1)
    return place[pc.fill_null(whole.indices, len(place) - 1).to_numpy(zero_copy_only=False)]


def mostly(cells: pa.ChunkedArray, test: Callable[[Any], bool]) -> bool:
    """Whether more than half of the first cells that are not empty pass a test."""
    first = [cell for cell in cells.slice(0, SAMPLE).to_pylist() if cell not in (None, "", b"")]
    return 2 * sum(map(test, first)) > len(first)


def is_picture_type(kind: pa.DataType) -> bool:
    """Whether cells may be encoded pictures."""
    return is_bytes(kind) or pa.types.is_struct(kind)


def is_picture_cell(cell: Any) -> bool:
    """Whether a cell is an encoded picture, the name of one, or a struct of either."""
    if isinstance(cell, dict):
        return is_picture_cell(cell.get("bytes")) or (not cell.get("bytes") and is_picture_cell(cell.get("path")))
    return is_picture_name(cell) or (isinstance(cell, bytes) and cell.startswith(SIGNATURES))


def is_picture_name(cell: Any) -> bool:
    """Whether a cell is the name of a picture file; a URL is no file beside the table."""
    if isinstance(cell, bytes):
        cell = cell[-8:].decode("utf-8", "replace")
    return isinstance(cell, str) and cell.strip().lower().endswith(ENDINGS) and "://" not in cell


def _is_embedding(cells: pa.ChunkedArray) -> bool:
    """Whether typed lists are numbers of one length that are no classes and no vectors of 0 and 1."""
    values = list_values(cells)
    if not is_number(values.type) or pa.types.is_boolean(values.type):
        return False
    lengths = pc.unique(pc.drop_null(pc.list_value_length(cells)))
    if len(lengths) != 1 or lengths[0].as_py() < 2:
        return False
    numbers = values.cast(pa.float64(), safe=False).to_numpy()
    finite = numbers[np.isfinite(numbers)]
    return bool(len(finite) and ((finite % 1 != 0).any() or (finite < 0).any()))


def _is_written_embedding(cells: pa.ChunkedArray) -> bool:
    first = [cell for cell in cells.slice(0, SAMPLE).to_pylist() if cell]
    if not all(cell.startswith(("[", "(")) and cell.endswith(("]", ")")) for cell in first):
        return False
    rows = [numbers_in(cell) for cell in first]
    if any(row is None for row in rows) or len({len(row) for row in rows if row}) != 1:
        return False
    flat = [number for row in rows for number in row or ()]
    return len(rows[0] or ()) >= 2 and any(number % 1 != 0 or number < 0 for number in flat)


def numbers_in(cell: str) -> list[float] | None:
    """The numbers of a list that is written as a text; None where it is none."""
    inner = cell.strip()[1:-1].replace(",", " ")
    try:
        return [float(part) for part in inner.split()]
    except ValueError:
        return None


def _different(cells: pa.ChunkedArray) -> float:
    given = len(cells) - cells.null_count
    return pc.count_distinct(cells).as_py() / given if given else 0.0


def _share_of_numbers(given: pa.ChunkedArray, decimal: str) -> float:
    texts = pc.replace_substring(given, ",", ".") if decimal == "," else given
    numbers = pd.to_numeric(texts.to_pandas(), errors="coerce")
    return float(numbers.notna().mean()) if len(numbers) else 0.0
