"""Rows of an .arff, dense or sparse, as a matrix of features and one of labels."""

from array import array
from collections.abc import Iterator
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
    def empty_row(self) -> np.ndarray:
        """The sparse row ``{}``: 0 everywhere, and the first value of each nominal attribute."""
        row = np.zeros(len(self.names))
        for attribute, column in zip(self.attributes, self.first, strict=True):
            if attribute.codes is not None:
                self.put(row, column, attribute, next(iter(attribute.codes)), Position(self.path, 0, 0))
        return row

    @cached_property
    def binary(self) -> np.ndarray:
        """Columns of nominal attributes with the values 0 and 1."""
        pairs = zip(self.attributes, self.first, strict=True)
        return np.array([column for attribute, column in pairs if attribute.codes and attribute.is_number], dtype=int)

    @cached_property
    def is_numbers(self) -> bool:
        """Whether every attribute gives one column."""
        return all(attribute.is_number for attribute in self.attributes)

    def put(self, row: np.ndarray, column: int, attribute: Attribute, text: str, position: Position) -> None:
        """Set the columns of one attribute to its value in the file."""
        codes = attribute.codes
        if text == "" or (text == "?" and not (codes and "?" in codes)):
            raise position.wrong(f"has no value of attribute {shown(attribute.name)}; every value must be given")
        if codes is not None and text not in codes:
            allowed = f"one of {shown(', '.join(codes))}"
            raise position.wrong(f"has {shown(text)} for attribute {shown(attribute.name)}; it must be {allowed}")
        if codes is not None and not attribute.is_number:
            row[column : column + len(codes)] = 0
            row[column + codes[text]] = 1
            return
        try:
            row[column] = float("" if "_" in text else text)  # Python's 1_000 is no number elsewhere
        except ValueError:
            wrong = f"has {shown(text)} for attribute {shown(attribute.name)}; it must be a number"
            raise position.wrong(wrong) from None


def read_rows(lines: Iterator[tuple[int, str]], columns: Columns) -> LoadedData:
    """Read the rows after the header.

    Args:
        lines: Numbered from 1, after ``@data``.
        columns: What the header declares.

    Raises:
        InputError: A row that doesn't fit, a missing or impossible value, labels other than 0 and 1, or rows that take
            more bytes than the file could hold.
    """
    features, labels = np.flatnonzero(~columns.is_label), np.flatnonzero(columns.is_label)
    # packed row by row: lists of floats would take four times the memory
    x, carried, numbers, ends = array("d"), array("q"), array("d"), array("q", [0])
    count, size = 0, columns.path.stat().st_size
    most = max_bytes(size)
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        position = Position(columns.path, count, number)
        row = _sparse(text, columns, position) if text.startswith("{") else _dense(text, columns, position)
        count += 1
        if count * row.nbytes > most:
            claim = f"{columns.path} holds {count:,} rows x {len(row):,} columns and perhaps more, which are held dense"
            refuse_large(count * row.nbytes, size, claim)
        if count % ROWS == 0:
            progress()
        x.frombytes(row[features].tobytes())
        own = row[labels]
        marked = np.flatnonzero(own)
        carried.frombytes(marked.astype(np.int64).tobytes())
        numbers.frombytes(own[marked].tobytes())
        ends.append(len(carried))
    return LoadedData(
        (np.frombuffer(x) if x else np.empty(0)).reshape(count, len(features)),
        csr_array((np.array(numbers), np.array(carried), np.array(ends)), shape=(count, len(labels))),
        feature_names=tuple(columns.names[column] for column in features),
        label_names=tuple(columns.names[column] for column in labels),
    )


def _dense(text: str, columns: Columns, position: Position) -> np.ndarray:
    if columns.is_numbers and "_" not in text:
        # several times faster than field by field, which then says what is wrong
        try:
            row = np.array(list(map(float, text.split(","))))
        except ValueError:
            row = np.empty(0)
        if len(row) == len(columns.attributes) and np.isin(row[columns.binary], (0, 1)).all():
            return row
    fields = split_fields(text)
    if fields is None:
        raise position.wrong(f"is {shown(text)}; it must be values between commas, a text in quotes")
    if len(fields) != len(columns.attributes):
        raise position.wrong(f"has {len(fields)} values; it must have {len(columns.attributes)}, one of each attribute")
    row = np.zeros(len(columns.names))
    for attribute, column, field in zip(columns.attributes, columns.first, fields, strict=True):
        columns.put(row, column, attribute, field, position)
    return row


def _sparse(text: str, columns: Columns, position: Position) -> np.ndarray:
    row, seen, at = columns.empty_row.copy(), set(), 0
    inner = text[1:-1].strip() if text.endswith("}") else "{"
    while inner:
        pair = PAIR.match(inner, at)
        if pair is None:
            raise position.wrong(f"is {shown(text)}; it must read {{index value, index value, ...}}")
        index = int(pair[1])
        if index >= len(columns.attributes) or index in seen:
            most = f"the last attribute is {len(columns.attributes) - 1}"
            raise position.wrong(f"has index {index}{' twice; it must stand once' if index in seen else f'; {most}'}")
        seen.add(index)
        columns.put(row, columns.first[index], columns.attributes[index], unquoted(pair, 2), position)
        if not pair[5]:
            break
        at = pair.end()
    return row
