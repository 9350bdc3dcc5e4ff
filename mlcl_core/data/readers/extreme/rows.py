"""Rows of labels and ``index:value`` pairs, read many at a time."""

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.arff.grammar import shown
from mlcl_core.errors import InputError

LINES = 20_000  # read at once
DIGITS = 15  # of an index: exact as a float
PAIR = rb"[0-9]{1,%d}:[-+0-9.eE]{1,40}" % DIGITS
INDEX = rb"[0-9]{1,%d}" % DIGITS
PAIRS = re.compile(rb"(?:%s(?:[ \t]+|$))*" % PAIR)
LABELS = re.compile(rb"%s(?:,%s)*" % (INDEX, INDEX))
NUMBER = b"0123456789.+-eE"
RIGHT = "it must read label,label index:value index:value ..."
ONLY_PAIRS = "it must read index:value index:value ..."


@dataclass
class Rows:
    """Rows as they were read; ``ends`` begin with 0.

    Args:
        labels, label_ends: The labels of all rows, and where each row's end.
        indices, values, ends: The pairs of all rows, and where each row's end.
        lines: The line of each row, counted from 1.
    """

    labels: np.ndarray
    label_ends: np.ndarray
    indices: np.ndarray
    values: np.ndarray
    ends: np.ndarray
    lines: np.ndarray

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.ends) - 1

    def first(self, count: int) -> "Rows":
        """The first rows; those left out are empty."""
        return replace(
            self, label_ends=self.label_ends[: count + 1], ends=self.ends[: count + 1], lines=self.lines[:count]
        )


@dataclass
class _Chunks:
    labels: list[np.ndarray] = field(default_factory=list)
    label_counts: list[int] = field(default_factory=list)
    indices: list[np.ndarray] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def read_rows(lines: Iterable[bytes], path: Path, first_line: int, *, labelled: bool) -> Rows:
    """Read rows.

    Args:
        lines: Of the file; an empty one is a row without labels and without features.
        path: Named in errors.
        first_line: The number of the first of the lines.
        labelled: Whether labels stand before the pairs.

    Raises:
        InputError: A line that is no such row, an index or a label that stands twice in it, a value that is no number.
    """
    found = _Chunks()
    batch: list[bytes] = []
    at = first_line
    for line in lines:
        batch.append(line)
        if len(batch) == LINES:
            _add(found, batch, path, at, labelled)
            at += len(batch)
            batch = []
    _add(found, batch, path, at, labelled)
    rows = Rows(
        _joined(found.labels, np.int64),
        np.cumsum([0, *found.label_counts]),
        _joined(found.indices, np.int64),
        _joined(found.values, np.float64),
        np.cumsum([0, *found.counts]),
        np.array(found.lines, np.int64),
    )
    _refuse_twice(rows.indices, rows.ends, rows, path, "index")
    _refuse_twice(rows.labels, rows.label_ends, rows, path, "label")
    return rows


def first_line_of(file: BinaryIO) -> tuple[list[int], int]:
    """The whole numbers of a header, and its line; none, and 0, where the first line is a row."""
    head = file.readline(1000)
    words = head.removeprefix(b"\xef\xbb\xbf").split()
    if len(words) in (2, 3) and all(word.isdigit() and len(word) <= DIGITS for word in words):
        return [int(word) for word in words], 1
    file.seek(0)
    return [], 0


def _add(found: _Chunks, batch: Sequence[bytes], path: Path, first: int, labelled: bool) -> None:
    progress()
    names, pairs, counts = [], [], []
    for at, line in enumerate(batch):
        text = line.rstrip()
        own, rest = _halves(text) if labelled else (b"", text.lstrip())
        count = rest.count(b":")
        if (own and not _are_labels(own)) or not _may_be_pairs(rest, count):
            raise _no_row(text, path, first + at, labelled)
        names.append(own)
        pairs.append(rest)
        counts.append(count)
        found.label_counts.append(own.count(b",") + 1 if own else 0)
    numbers = _numbers(b" ".join(filter(None, pairs)).replace(b":", b" "), " ")
    indices = numbers[::2]
    if len(numbers) != 2 * sum(counts) or not ((indices % 1 == 0) & (indices >= 0) & (indices < 10**DIGITS)).all():
        raise _wrong_pair(pairs, path, first, labelled)
    found.counts += counts
    found.lines += range(first, first + len(batch))
    found.labels.append(_numbers(b",".join(filter(None, names)), ",").astype(np.int64))
    found.indices.append(indices.astype(np.int64))
    found.values.append(numbers[1::2])


def _are_labels(text: bytes) -> bool:
    return text.replace(b",", b"").isdigit() and LABELS.fullmatch(text) is not None


def _may_be_pairs(text: bytes, count: int) -> bool:
    """Whether a row has ``count`` pairs, as far as that is seen without looking at each: none lacks a half.

    A half may still be more than one number, which makes more numbers than two a pair.
    """
    between = text.translate(None, NUMBER)
    if between != b": " * (count - 1) + b":" * (count > 0):
        return PAIRS.fullmatch(text) is not None
    return b" :" not in text and b": " not in text and not text.startswith(b":") and not text.endswith(b":")


def _no_row(line: bytes, path: Path, number: int, labelled: bool) -> InputError:
    right = RIGHT if labelled else ONLY_PAIRS
    return InputError(f"{path}: line {number} is {shown(line.decode('utf-8', 'replace'))}; {right}")


def _halves(line: bytes) -> tuple[bytes, bytes]:
    """The labels of a row and its pairs; a row that begins with a blank or a pair has no labels."""
    if not line or line[:1].isspace():
        return b"", line.lstrip()
    own, *rest = line.split(None, 1)
    return (b"", line) if b":" in own else (own, rest[0] if rest else b"")


def _numbers(text: bytes, separator: str) -> np.ndarray:
    """All numbers of a text; none where something in it is no number."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.fromstring(text, sep=separator) if text else np.empty(0)
    except (ValueError, DeprecationWarning):
        return np.empty(0)


def _wrong_pair(pairs: Sequence[bytes], path: Path, first: int, labelled: bool) -> InputError:
    """The error for the first row of which a pair is wrong."""
    for at, line in enumerate(pairs):
        for pair in line.split():
            index, _, value = pair.partition(b":")
            try:
                float(value)
            except ValueError:
                place = f"{path}: line {first + at}, index {index[:DIGITS].decode()}"
                return InputError(f"{place} is {shown(value.decode())}; it must be a number")
        if not PAIRS.fullmatch(line):
            return _no_row(line, path, first + at, labelled)
    return InputError(f"{path}: lines {first} to {first + len(pairs) - 1} hold what is no number")


def _refuse_twice(numbers: np.ndarray, ends: np.ndarray, rows: Rows, path: Path, what: str) -> None:
    row = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    order = np.lexsort((numbers, row)) if not _ascend(numbers, row) else slice(None)
    ordered, of = numbers[order], row[order]
    same = np.flatnonzero((ordered[1:] == ordered[:-1]) & (of[1:] == of[:-1]))
    if same.size:
        place = int(same[0])
        line = rows.lines[of[place]]
        raise InputError(f"{path}: line {line} has the {what} {ordered[place]} twice; each must stand once")


def _ascend(numbers: np.ndarray, row: np.ndarray) -> bool:
    return bool(((np.diff(numbers) >= 0) | (np.diff(row) > 0)).all())


def _joined(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype)
