"""Columns that are one label each: 0/1, true/false, yes/no, x or blank, -1/1, with unknown cells among them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.sparse import csc_array, csr_array

from mlcl_core.data.progress import progress
from mlcl_core.data.tables.cells.columns import NUMBER, TEXT, CellError, Cells, shown
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.schema import UNKNOWN
from mlcl_core.errors import InputError

NUMBERS, SIGNS, CROSSES = "0/1", "-1/1", "x or blank"
# words of each kind: the one for no, the one for yes
WORDS = {"true/false": ("false", "true"), "yes/no": ("no", "yes"), "y/n": ("n", "y"), "t/f": ("f", "t")}
CROSS = frozenset("x×✓✔✗✘☒☑")
UNKNOWN_WORDS = frozenset(["", "na", "n/a", "#n/a", "nan", "<na>", "nat", "null", "none", "nil", "?", "-", "unknown"])
NOWHERE = np.zeros(0, np.int32)  # no rows
RIGHT = "a label column holds 0 and 1, true and false, yes and no, x and blank, or -1 and 1"


@dataclass(frozen=True)
class ZeroOne:
    """What a column of 0 and 1 holds, in cells.

    Args:
        kind: How it is written: ``0/1``, ``true/false``, ``yes/no``, ``y/n``, ``t/f``, ``x or blank``, ``-1/1``.
        yes, no, unknown: Cells; their sum is all.
        first_unknown_row: From 0; -1: none.
        first_unknown_cell: As errors show it.
        fractions: Unknown cells that are numbers between 0 and 1.
        minus: Cells of -1, whether they are no or unknown.
    """

    kind: str
    yes: int
    no: int
    unknown: int = 0
    first_unknown_row: int = -1
    first_unknown_cell: str = ""
    fractions: int = 0
    minus: int = 0


class ZeroOneLabels(NamedTuple):
    """Labels of columns of 0 and 1: bool [rows, columns], and the rows that remain where unknown drops items."""

    y: csr_array
    kept: np.ndarray


def zero_one_facts(column: pa.ChunkedArray, *, minus_is_no: bool | None = None) -> ZeroOne | None:
    """What a column of 0 and 1 holds; None for every other column.

    Args:
        column: Of any type.
        minus_is_no: Whether -1 is no, or else unknown. None: it is no where the column holds -1 and 1 alone.

    Edge cases:
        Only 1 and blank: the blank cells are unknown. Only x and blank: they are no. Blank cells alone, more fractions
        than 0 and 1, or letters of one side alone (``f``): None.
    """
    try:
        found = _sorted_out(Cells(column, ""))
    except CellError:
        return None
    facts = _facts(found, minus_is_no)
    if facts is None or facts.first_unknown_row < 0:
        return facts
    return replace(facts, first_unknown_cell=shown(column[facts.first_unknown_row].as_py()))


def zero_one_columns(columns: Sequence[pa.ChunkedArray]) -> tuple[ZeroOne | None, ...]:
    """The facts of several columns that are labels of one table: -1 means the same in all of them.

    It is no where some columns hold -1 and 1 alone and none holds 0; else it is unknown.
    """
    found = [zero_one_facts(column) for column in columns]
    meaning = _minus_is_no(found)
    return tuple(
        zero_one_facts(column, minus_is_no=meaning) if one is not None and one.minus else one
        for column, one in zip(columns, found, strict=True)
    )


def read_zero_one(
    columns: Sequence[pa.ChunkedArray],
    names: Sequence[str],
    path: Path,
    *,
    unknown: str = "",
    threshold: float | None = None,
) -> ZeroOneLabels:
    """The labels of whole columns of 0 and 1.

    Args:
        columns: At least one, of equal length.
        names: Of the columns, for errors.
        path: Named in errors.
        unknown: What an unknown cell counts as: ``no``, ``yes``, or ``drop_item``: no, and the row is not ``kept``.
        threshold: From which number on a label is carried; then the columns hold any numbers.

    Raises:
        InputError: An unknown cell where ``unknown`` is empty, or a cell that is no label.
    """
    if unknown and unknown not in UNKNOWN:
        raise InputError(f"unknown is {unknown!r}; it must be {', '.join(UNKNOWN[:-1])} or {UNKNOWN[-1]}")
    found = []
    for column, name in zip(columns, names, strict=True):
        try:
            found.append(_sorted_out(Cells(column, name), threshold))
        except CellError as error:
            raise _wrong_cell(column, name, error.row or 0, path, error.right) from None
        progress()
    minus_is_no = _minus_is_no([_facts(one, None) for one in found])
    kept = np.ones(len(columns[0]), dtype=bool)
    rows = []
    for one, column, name in zip(found, columns, names, strict=True):
        unknown_rows = _unknown_rows(one, minus_is_no)
        if len(unknown_rows) and not unknown:
            raise _unknown_cell(column, name, int(unknown_rows[0]), path)
        if unknown == "drop_item":
            kept[unknown_rows] = False
        rows.append(np.union1d(one.yes, unknown_rows) if unknown == "yes" else one.yes)
    pointers = np.concatenate([[0], np.cumsum([len(one) for one in rows])])
    indices = np.concatenate(rows)
    y = csc_array((np.ones(len(indices), bool), indices, pointers), shape=(len(kept), len(rows)))
    return ZeroOneLabels(csr_array(y), kept)


class _Sorted(NamedTuple):
    """The rows of a column by what their cells are; all others are no."""

    kind: str
    size: int
    yes: np.ndarray
    minus: np.ndarray
    aside: np.ndarray
    fractions: np.ndarray


def _sorted_out(cells: Cells, threshold: float | None = None) -> _Sorted:
    """The rows by kind.

    Raises:
        CellError: A cell that is no label.
    """
    if cells.kind == NUMBER:
        return _of_numbers(cells, threshold)
    if cells.kind == TEXT:
        return _of_words(cells, threshold)
    raise CellError(None, f"{RIGHT}; this one holds {cells.column.type}")


def _of_numbers(cells: Cells, threshold: float | None) -> _Sorted:
    parts: list[list[np.ndarray]] = []
    start = 0
    for part in cells.slices():
        numbers = part.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        parts.append([np.flatnonzero(mask) + start if mask.any() else NOWHERE for mask in _masks(numbers, threshold)])
        start += len(part)
    return _gathered(cells, NUMBERS, parts)


def _gathered(cells: Cells, kind: str, parts: list[list[np.ndarray]]) -> _Sorted:
    rows = [np.concatenate([NOWHERE, *found]).astype(np.int32) for found in zip(*parts, strict=True)] or [NOWHERE] * 5
    yes, minus, aside, fractions, other = rows
    if len(other):
        raise CellError(int(other[0]), RIGHT)
    return _Sorted(kind, len(cells), yes, minus, aside, fractions)


def _masks(numbers: np.ndarray, threshold: float | None) -> tuple[np.ndarray, ...]:
    """Which numbers are yes, -1, blank, fractions, and none of these."""
    one = numbers == 1
    plain = one | (numbers == 0)
    nothing = np.zeros(len(numbers), dtype=bool)
    if plain.all():
        return (one if threshold is None else numbers >= threshold), nothing, nothing, nothing, nothing
    minus, blank = numbers == -1, np.isnan(numbers)
    if threshold is not None:
        inside = minus | blank | ((numbers >= 0) & (numbers <= 1))
        if not inside.all():
            # other numbers than probabilities: -1 is one of them
            minus = nothing
        return (numbers >= threshold) & ~minus, minus, blank, nothing, np.isinf(numbers)
    fractions = (numbers > 0) & (numbers < 1)
    return one, minus, blank, fractions, ~(plain | minus | blank | fractions)


def _of_words(cells: Cells, threshold: float | None) -> _Sorted:
    encoded = [part.dictionary_encode(null_encoding="encode") for part in cells.slices()]
    words = [[(text or "").strip().lower() for text in part.dictionary.to_pylist()] for part in encoded]
    kind = _kind_of_words({word for found in words for word in found})
    parts: list[list[np.ndarray]] = []
    start = 0
    for part, found in zip(encoded, words, strict=True):
        of_cells = part.indices.to_numpy()
        masks = _masks(_as_numbers(found, kind), threshold)
        parts.append([np.flatnonzero(mask[of_cells]) + start if mask.any() else NOWHERE for mask in masks])
        start += len(part)
    return _gathered(cells, kind, parts)


def _kind_of_words(words: set[str]) -> str:
    """The kind of a column by its words; ``0/1`` where none of the others fits."""
    known = words - UNKNOWN_WORDS
    if known and known <= CROSS:
        return CROSSES
    for kind, (no, yes) in WORDS.items():
        letters = len(no) == 1
        if {no, yes} <= known or (known and known <= {no, yes} and not (letters and known == {no})):
            return kind
    return NUMBERS


def _as_numbers(words: list[str], kind: str) -> np.ndarray:
    """1 for yes, 0 for no, NaN for unknown, infinity for a word that is none of these."""
    if kind == CROSSES:
        meant = {"": 0.0} | dict.fromkeys(CROSS, 1.0)
    elif kind in WORDS:
        meant = {WORDS[kind][0]: 0.0, WORDS[kind][1]: 1.0}
    else:
        meant = {}
    return np.array([meant[word] if word in meant else _number(word, kind) for word in words], dtype=np.float64)


def _number(word: str, kind: str) -> float:
    if word in UNKNOWN_WORDS:
        return np.nan
    try:
        # int() and float() take underscores
        return float(word) if kind == NUMBERS and "_" not in word else np.inf
    except ValueError:
        return np.inf


def _facts(found: _Sorted, minus_is_no: bool | None) -> ZeroOne | None:
    yes, minus = len(found.yes), len(found.minus)
    unsure = len(found.aside) + len(found.fractions)
    no = found.size - yes - minus - unsure
    if not found.size or len(found.aside) == found.size or len(found.fractions) > yes + no:
        return None
    signs = minus > 0 and no == 0 and unsure == 0 if minus_is_no is None else bool(minus) and minus_is_no
    rows = _unknown_rows(found, signs)
    return ZeroOne(
        SIGNS if signs else found.kind,
        yes,
        no + (minus if signs else 0),
        len(rows),
        int(rows[0]) if len(rows) else -1,
        fractions=len(found.fractions),
        minus=minus,
    )


def _unknown_rows(found: _Sorted, minus_is_no: bool) -> np.ndarray:
    unsure = np.concatenate([found.aside, found.fractions, *([] if minus_is_no else [found.minus])])
    return np.sort(unsure)


def _minus_is_no(facts: Sequence[ZeroOne | None]) -> bool:
    known = [one for one in facts if one is not None]
    zeros = any(one.kind == NUMBERS and one.no for one in known)
    return not zeros and any(one.kind == SIGNS for one in known)


def _unknown_cell(column: pa.ChunkedArray, name: str, row: int, path: Path) -> InputError:
    right = (
        f"unknown={'|'.join(UNKNOWN)} says what such a cell counts as, or threshold= from which number on it is a label"
    )
    return _wrong_cell(column, name, row, path, right)


def _wrong_cell(column: pa.ChunkedArray, name: str, row: int, path: Path, right: str) -> InputError:
    cell = shown(column[row].as_py()) if row < len(column) else "missing"
    return InputError(f"{path}: label at row {row}, column {name!r} is {cell}; {right}")


def look(cells: Cells, separator: str) -> CellReading | None:
    """One label that is the column; the questions what its unknown cells mean are those of the whole table."""
    facts = zero_one_facts(cells.column)
    # 0 and 1 that have names are classes
    if facts is None or (cells.classes and facts.kind == NUMBERS):
        return None
    return CellReading("zero_one", strength=0.5 if facts.yes and facts.no else 0.25)


def read(cells: Cells, separator: str) -> Entries:
    """The column's name in each row that carries it; an unknown cell is refused."""
    found = _sorted_out(cells)
    unknown = _unknown_rows(found, _minus_is_no([_facts(found, None)]))
    if len(unknown):
        raise CellError(int(unknown[0]), f"unknown={'|'.join(UNKNOWN)} says what such a cell counts as")
    lengths = np.zeros(found.size, dtype=np.int64)
    lengths[found.yes] = 1
    return Entries(lengths, np.zeros(len(found.yes), np.int32), [cells.name], ordered=True)


ZERO_ONE = CellForm("zero_one", "one label that is the column: 0 and 1, yes and no", look, read, (NUMBER, TEXT))
