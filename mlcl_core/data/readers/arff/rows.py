"""Rows of an .arff, dense or sparse, as numbers: of nominal values and texts the number of each."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array, csr_array

from mlcl_core.data.limits import max_bytes, refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.arff.grammar import PAIR, WEIGHT, Attribute, shown, split_fields, unquoted
from mlcl_core.errors import InputError

ROWS = 1000  # between two signs of progress
UNKNOWN = float("nan")  # a label that is not given
QUOTES = ("'", '"')


class Position(NamedTuple):
    """The position of a row: rows are counted from 0, as in every message of the Lab, and lines from 1."""

    path: Path
    row: int
    line: int

    def wrong(self, what: str) -> InputError:
        """The error that names the position and says what is wrong there."""
        return InputError(f"{self.path}: row {self.row} (line {self.line}) {what}")


@dataclass
class Values:
    """The values of all rows and attributes.

    Args:
        numbers: Rows x attributes; sparse where the file's rows are, and then what a row leaves out is 0. A number is
            itself; a nominal value is its code, a text its place in ``texts``, an attribute that is not needed 0; a
            label that is not given is NaN.
        texts: Of each attribute of texts, every text once; the first is empty.
        weighted: Whether a row has a weight.
    """

    numbers: np.ndarray | csr_array
    texts: dict[int, list[str]]
    weighted: bool

    def column(self, at: int) -> np.ndarray:
        """The values of an attribute."""
        if isinstance(self.numbers, np.ndarray):
            return self.numbers[:, at]
        return self._by_columns[:, [at]].toarray().ravel()

    @cached_property
    def _by_columns(self) -> csc_array:
        return csc_array(self.numbers)


@dataclass
class Plan:
    """What is read of each attribute.

    Args:
        attributes: As declared.
        labels: Which are labels.
        ignored: Which are not needed.
        path: Named in errors.
    """

    attributes: list[Attribute]
    labels: set[str]
    ignored: set[str]
    path: Path
    texts: dict[int, dict[str, int]] = field(default_factory=dict)
    weighted: bool = False

    def __post_init__(self) -> None:
        """Texts are numbered as they are met."""
        self.texts = {at: {"": 0} for at, one in enumerate(self.attributes) if one.is_text}
        self.is_plain = all(one.is_plain and one.name not in self.ignored for one in self.attributes)
        coded = [(at, len(one.codes)) for at, one in enumerate(self.attributes) if one.codes is not None]
        self.most = np.zeros(len(self.attributes), int)  # codes of each, 0: a number
        for at, codes in coded:
            self.most[at] = codes
        self.coded, self.codes = np.array(coded, int).reshape(-1, 2).T

    def holds(self, values: np.ndarray, codes: np.ndarray) -> bool:
        """Whether each value is one of the first so many codes."""
        return bool(((values >= 0) & (values < codes) & (values % 1 == 0)).all())

    def number(self, at: int, text: str, position: Position) -> float:
        """The number of a value."""
        attribute = self.attributes[at]
        if attribute.name in self.ignored:
            return 0.0
        codes = attribute.codes
        if text == "?" and not (codes and "?" in codes):
            if attribute.name in self.labels:
                return UNKNOWN
            if attribute.is_text:
                return 0.0
            text = ""
        if attribute.is_text:
            pool = self.texts[at]
            return float(pool.setdefault(text, len(pool)))
        if text == "":
            missing = f"has no value of attribute {shown(attribute.name)}; every value must be given"
            raise position.wrong(f"{missing}, or the attribute left out (ignore={attribute.name[:80]})")
        if codes is not None:
            if text not in codes:
                allowed = f"one of {shown(', '.join(codes))}"
                raise position.wrong(f"has {shown(text)} for attribute {shown(attribute.name)}; it must be {allowed}")
            return float(codes[text])
        try:
            return float("" if "_" in text else text)  # Python's 1_000 is no number elsewhere
        except ValueError:
            wrong = f"has {shown(text)} for attribute {shown(attribute.name)}; it must be a number"
            raise position.wrong(wrong) from None


def read_rows(lines: Iterator[tuple[int, str]], plan: Plan) -> Values:
    """Read the rows after the header.

    Args:
        lines: Numbered from 1, after ``@data``.
        plan: What the header declares, and which of it is needed.

    Raises:
        InputError: A row that doesn't fit, a missing or impossible value, or rows that take more bytes than the file
            could hold.
    """
    found = _Rows(plan)
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        found.add(text, Position(plan.path, found.count, number))
        if found.count % ROWS == 0:
            progress()
    texts = {at: list(pool) for at, pool in plan.texts.items()}
    return Values(found.matrix(), texts, plan.weighted)


class _Rows:
    """Rows as they are read: sparse if the first one is; packed, as lists would take four times the memory."""

    def __init__(self, plan: Plan) -> None:
        """No row is read yet."""
        self.plan, self.count, self.sparse = plan, 0, False
        self.numbers, self.columns, self.ends = array("d"), array("q"), array("q", [0])
        self.size = plan.path.stat().st_size
        self.most = max_bytes(self.size)

    def add(self, text: str, position: Position) -> None:
        """Add a row."""
        braced = text.startswith("{")
        if self.count == 0:
            self.sparse = braced
        self.count += 1
        width = len(self.plan.attributes)
        if not self.sparse:
            needed = self.count * width * self.numbers.itemsize
            if needed > self.most:
                claim = f"{self.plan.path} holds {self.count:,} rows x {width:,} attributes and perhaps more"
                refuse_large(needed, self.size, f"{claim}, which are held dense")
            row = _dense(text, self.plan, position) if not braced else _spread(text, self.plan, position)
            self.numbers.frombytes(row.tobytes())
            return
        if braced:
            columns, numbers = _sparse(text, self.plan, position)
            self.columns.extend(columns)
            self.numbers.extend(numbers)
        else:
            row = _dense(text, self.plan, position)
            filled = np.flatnonzero(row)
            self.columns.frombytes(filled.astype(np.int64).tobytes())
            self.numbers.frombytes(row[filled].tobytes())
        self.ends.append(len(self.columns))

    def matrix(self) -> np.ndarray | csr_array:
        """All rows."""
        shape = (self.count, len(self.plan.attributes))
        numbers = np.frombuffer(self.numbers) if self.numbers else np.empty(0)
        if not self.sparse:
            return numbers.reshape(shape)
        columns = np.frombuffer(self.columns, np.int64) if self.columns else np.empty(0, np.int64)
        found = csr_array((numbers, columns, np.frombuffer(self.ends, np.int64)), shape=shape)
        # rows may list their indices in any order
        found = csr_array(found.copy())
        found.sort_indices()
        return found


def _dense(text: str, plan: Plan, position: Position) -> np.ndarray:
    if plan.is_plain and "_" not in text:
        # several times faster than field by field, which then says what is wrong
        try:
            row = np.array(list(map(float, text.split(","))))
        except ValueError:
            row = np.empty(0)
        if len(row) == len(plan.attributes) and plan.holds(row[plan.coded], plan.codes):
            return row
    if any(mark in text for mark in QUOTES):
        fields = split_fields(text)
        if fields is None:
            raise position.wrong(f"is {shown(text)}; it must be values between commas, a text in quotes")
    else:
        fields = [part.strip() for part in text.split(",")]
    # Weka writes the weight of a row behind its values
    if len(fields) == len(plan.attributes) + 1 and WEIGHT.fullmatch(fields[-1]):
        plan.weighted = True
        fields.pop()
    if len(fields) != len(plan.attributes):
        raise position.wrong(f"has {len(fields)} values; it must have {len(plan.attributes)}, one of each attribute")
    return np.array([plan.number(at, text, position) for at, text in enumerate(fields)])


def _spread(text: str, plan: Plan, position: Position) -> np.ndarray:
    """A sparse row among dense ones."""
    row = np.zeros(len(plan.attributes))
    columns, numbers = _sparse(text, plan, position)
    row[columns] = numbers
    return row


def _sparse(text: str, plan: Plan, position: Position) -> tuple[list[int], list[float]]:
    if not text.endswith("}") or "}" in text[1:-1]:
        text = _without_weight(text, plan)
    if plan.is_plain and (pairs := _plain_pairs(text, plan)) is not None:
        return pairs
    found: dict[int, float] = {}
    at = 0
    inner = text[1:-1].strip() if text.endswith("}") else "{"
    while inner:
        pair = PAIR.match(inner, at)
        if pair is None:
            raise position.wrong(f"is {shown(text)}; it must read {{index value, index value, ...}}")
        index = int(pair[1])
        if index >= len(plan.attributes) or index in found:
            most = f"the last attribute is {len(plan.attributes) - 1}"
            raise position.wrong(f"has index {index}{' twice; it must stand once' if index in found else f'; {most}'}")
        found[index] = plan.number(index, unquoted(pair, 2), position)
        if not pair[5]:
            break
        at = pair.end()
    return list(found), list(found.values())


def _plain_pairs(text: str, plan: Plan) -> tuple[list[int], list[float]] | None:
    """The pairs of a row of numbers, several times faster than one by one; None where anything is odd."""
    inner = text[1:-1]
    parts = inner.replace(",", " ").split()
    if (
        len(parts) % 2
        or "_" in inner
        or not inner.isascii()
        or not all(map(str.isdecimal, parts[::2]))
        or inner.count(",") != max(len(parts) // 2 - 1, 0)
        or not text.endswith("}")
    ):
        return None
    try:
        columns, numbers = list(map(int, parts[::2])), list(map(float, parts[1::2]))
    except ValueError:
        return None
    if not columns:
        return columns, numbers
    at, values = np.array(columns, dtype=object if max(map(abs, columns)) >> 62 else int), np.array(numbers)
    if at.min() < 0 or at.max() >= len(plan.attributes) or len(set(columns)) < len(columns):
        return None
    most = plan.most[at]
    return (columns, numbers) if plan.holds(values[most > 0], most[most > 0]) else None


def _without_weight(text: str, plan: Plan) -> str:
    """A sparse row without the weight behind it: ``{0 1}, {5}``."""
    head, comma, tail = text.rpartition(",")
    if comma and WEIGHT.fullmatch(tail) and head.rstrip().endswith("}"):
        plan.weighted = True
        return head.rstrip()
    return text
