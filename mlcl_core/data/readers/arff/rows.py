"""Rows of an .arff, dense or sparse, as a matrix of features and one of labels."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.limits import max_bytes, refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.arff.grammar import PAIR, Attribute, shown, split_fields, unquoted
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.errors import InputError

ROWS = 1000  # between two signs of progress
DIGITS = 9  # of an index


class Position(NamedTuple):
    """The position of a row: rows are counted from 0, as in every message of the Lab, and lines from 1."""

    path: Path
    row: int
    line: int

    def wrong(self, what: str) -> InputError:
        """The error that names the position and says what is wrong there."""
        return InputError(f"{self.path}: row {self.row} (line {self.line}) {what}")


@dataclass(frozen=True)
class Columns:
    """The columns that the attributes give, in the order of the file.

    Args:
        attributes: As declared.
        labels: Names of the attributes that are labels.
        path: Named in errors.
    """

    attributes: tuple[Attribute, ...]
    labels: frozenset[str]
    path: Path

    @cached_property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [name for attribute in self.attributes for name in attribute.columns()]

    @cached_property
    def first(self) -> list[int]:
        """The first column of each attribute."""
        widths = [len(attribute.columns()) for attribute in self.attributes]
        return [0, *np.cumsum(widths)[:-1].tolist()]

    @cached_property
    def is_label(self) -> np.ndarray:
        """Which columns are labels; a label gives one column."""
        is_label = np.zeros(len(self.names), bool)
        for attribute, column in zip(self.attributes, self.first, strict=True):
            if attribute.name in self.labels:
                if not attribute.is_number:
                    values = shown(", ".join(attribute.codes or ()))
                    raise InputError(
                        f"{self.path}: label {shown(attribute.name)} has the values {values}; a label must have 0 and 1"
                    )
                is_label[column] = True
        return is_label

    @cached_property
    def left_out(self) -> dict[int, tuple[int, float]]:
        """What the sparse row ``{}`` holds beside zeros, by attribute: the first value of each nominal one."""
        cells = {}
        for index, attribute in enumerate(self.attributes):
            if attribute.codes is not None:
                cells[index] = self.cell(index, next(iter(attribute.codes)), Position(self.path, 0, 0))
        return {index: (column, number) for index, (column, number) in cells.items() if number}

    @cached_property
    def rank(self) -> np.ndarray:
        """The place of each column among the features, or among the labels if it is one."""
        return np.where(self.is_label, np.cumsum(self.is_label), np.cumsum(~self.is_label)) - 1

    @cached_property
    def is_binary(self) -> np.ndarray:
        """Which columns are of nominal attributes with the values 0 and 1."""
        is_binary = np.zeros(len(self.names), bool)
        for attribute, column in zip(self.attributes, self.first, strict=True):
            is_binary[column] = bool(attribute.codes) and attribute.is_number
        return is_binary

    @cached_property
    def is_numbers(self) -> bool:
        """Whether every attribute gives one column."""
        return all(attribute.is_number for attribute in self.attributes)

    def cell(self, index: int, text: str, position: Position) -> tuple[int, float]:
        """The column that an attribute's value in the file sets, and the number there; its other columns are 0."""
        attribute = self.attributes[index]
        codes = attribute.codes
        if text == "" or (text == "?" and not (codes and "?" in codes)):
            raise position.wrong(f"has no value of attribute {shown(attribute.name)}; every value must be given")
        if codes is not None and text not in codes:
            allowed = f"one of {shown(', '.join(codes))}"
            raise position.wrong(f"has {shown(text)} for attribute {shown(attribute.name)}; it must be {allowed}")
        if codes is not None and not attribute.is_number:
            return self.first[index] + codes[text], 1.0
        try:
            return self.first[index], float("" if "_" in text else text)  # Python's 1_000 is no number elsewhere
        except ValueError:
            wrong = f"has {shown(text)} for attribute {shown(attribute.name)}; it must be a number"
            raise position.wrong(wrong) from None


class Cells(NamedTuple):
    """The columns of a row that are not 0, and the numbers there."""

    places: np.ndarray
    numbers: np.ndarray


class _Packed:
    """Rows as :class:`Cells`, one after another: lists would take four times the memory."""

    def __init__(self) -> None:
        self.numbers, self.places, self.ends = array("d"), array("i"), array("q", [0])

    @property
    def nbytes(self) -> int:
        return self.numbers.itemsize * len(self.numbers) + self.places.itemsize * len(self.places)

    def add(self, places: np.ndarray, numbers: np.ndarray) -> None:
        self.places.frombytes(places.astype(np.int32).tobytes())
        self.numbers.frombytes(numbers.tobytes())
        self.ends.append(len(self.numbers))

    def matrix(self, columns: int) -> csr_array:
        parts = (np.array(self.numbers), np.array(self.places), np.array(self.ends))
        matrix = csr_array(parts, shape=(len(self.ends) - 1, columns))
        matrix.sort_indices()
        return matrix


def read_rows(lines: Iterator[tuple[int, str]], columns: Columns) -> LoadedData:
    """Read the rows after the header; features are sparse where the first row is, else dense.

    Args:
        lines: Numbered from 1, after ``@data``.
        columns: What the header declares.

    Raises:
        InputError: A row that doesn't fit, a missing or impossible value, labels other than 0 and 1, or rows that take
            more bytes than the file could hold.
    """
    features, labels = np.flatnonzero(~columns.is_label), np.flatnonzero(columns.is_label)
    x, dense, y = _Packed(), array("d"), _Packed()
    count, size, sparse = 0, columns.path.stat().st_size, False
    most = max_bytes(size)
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        position = Position(columns.path, count, number)
        row = _sparse(text, columns, position) if text.startswith("{") else _dense(text, columns, position)
        sparse = sparse or (count == 0 and text.startswith("{"))
        count += 1
        if count % ROWS == 0:
            progress()
        marked = columns.is_label[row.places]
        own, others = columns.rank[row.places[marked]], columns.rank[row.places[~marked]]
        y.add(own, row.numbers[marked])
        if sparse:
            x.add(others, row.numbers[~marked])
        else:
            whole = np.zeros(len(features))
            whole[others] = row.numbers[~marked]
            dense.frombytes(whole.tobytes())
        needed = x.nbytes + y.nbytes if sparse else 8 * count * len(columns.names)
        if needed > most:  # the file is read no further
            held = "of which the numbers other than 0 are held" if sparse else "which are held dense"
            claim = f"{columns.path} holds {count:,} rows x {len(columns.names):,} columns and perhaps more, {held}"
            refuse_large(needed, size, claim)
    return LoadedData(
        x.matrix(len(features))
        if sparse
        else (np.frombuffer(dense) if dense else np.empty(0)).reshape(count, len(features)),
        y.matrix(len(labels)),
        feature_names=tuple(columns.names[column] for column in features),
        label_names=tuple(columns.names[column] for column in labels),
    )


def _dense(text: str, columns: Columns, position: Position) -> Cells:
    if columns.is_numbers and "_" not in text:
        # several times faster than field by field, which then says what is wrong
        try:
            row = np.array(list(map(float, text.split(","))))
        except ValueError:
            row = np.empty(0)
        if len(row) == len(columns.attributes) and np.isin(row[columns.is_binary], (0, 1)).all():
            places = np.flatnonzero(row)
            return Cells(places, row[places])
    fields = split_fields(text)
    if fields is None:
        raise position.wrong(f"is {shown(text)}; it must be values between commas, a text in quotes")
    if len(fields) != len(columns.attributes):
        raise position.wrong(f"has {len(fields)} values; it must have {len(columns.attributes)}, one of each attribute")
    return _cells(columns.cell(index, field, position) for index, field in enumerate(fields))


def _sparse(text: str, columns: Columns, position: Position) -> Cells:
    inner, at = text[1:-1].strip() if text.endswith("}") else "{", 0
    if columns.is_numbers and not columns.left_out and (plain := _plain(inner, columns)):
        return plain
    cells = dict(columns.left_out)
    seen: set[int] = set()
    while inner:
        pair = PAIR.match(inner, at)
        if pair is None:
            raise position.wrong(f"is {shown(text)}; it must read {{index value, index value, ...}}")
        index = int(pair[1])
        if index >= len(columns.attributes) or index in seen:
            most = f"the last attribute is {len(columns.attributes) - 1}"
            raise position.wrong(f"has index {index}{' twice; it must stand once' if index in seen else f'; {most}'}")
        seen.add(index)
        cells[index] = columns.cell(index, unquoted(pair, 2), position)
        if not pair[5]:
            break
        at = pair.end()
    return _cells(cells.values())


def _plain(inner: str, columns: Columns) -> Cells | None:
    """A sparse row without quotes, several times faster than pair by pair; None where it may be anything else."""
    halves = [pair.split() for pair in inner.split(",")]
    try:
        found = [index for index, _ in halves]
        numbers = np.array([float(number) for _, number in halves])
    except ValueError:
        return None
    if "_" in inner or not inner.isascii() or not all(map(str.isdecimal, found)) or max(map(len, found)) > DIGITS:
        return None
    places = np.array(list(map(int, found)))
    if places.max() >= len(columns.names) or len(np.unique(places)) < len(places):
        return None
    binary = numbers[columns.is_binary[places]]
    return Cells(places, numbers) if np.isin(binary, (0, 1)).all() else None


def _cells(pairs: Iterable[tuple[int, float]]) -> Cells:
    """Cells from columns and their numbers."""
    kept = [(column, number) for column, number in pairs if number]
    return Cells(np.array([column for column, _ in kept], int), np.array([number for _, number in kept], float))
