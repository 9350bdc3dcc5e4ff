"""Cells that hold a list as programs print it: Python, JSON, numpy, DuckDB, Postgres, R; or an object with choices."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pyarrow as pa

from mlcl_core.data.tables.cells.columns import TEXT, CellError, Cells
from mlcl_core.data.tables.cells.literals import NUMBER, Bare, Misfit, Sequence, is_bracketed, parsed
from mlcl_core.data.tables.cells.looks import label_reading, labels_line
from mlcl_core.data.tables.cells.matrix import Collector, matrix_of
from mlcl_core.data.tables.cells.one import read as read_whole
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.cells.splitting import Split
from mlcl_core.data.tables.cells.values import NULLS, TRUTHS, labels_in
from mlcl_core.data.tables.question import Choice, Question

RIGHT = "a list of labels is written ['a', 'b'], [\"a\", \"b\"], [a, b] or {a,b}"


def look(cells: Cells, separator: str) -> CellReading | None:
    """Lists in all cells, or lists among words that are sets of one; None where most cells are no lists."""
    found = _Found(cells.counts)
    if not found.lists or not found.enough:
        return None
    try:
        entries = read(cells, "")
    except CellError:
        if not found.mostly:
            return None
        # the cell that does not fit is refused when the file is read, with its row
        fitting = [cell if cell is not None and _fits(cell) else None for cell in cells.column.to_pylist()]
        return look(Cells(pa.chunked_array([pa.array(fitting, pa.large_string())]), cells.name, cells.classes), "")
    how = "cells are lists"
    if found.words:
        how += ", and a word beside them is a set of one"
    reading = label_reading(cells, entries, "list", "", how, certain=True)
    questions = _questions(cells, found, entries)
    return replace(reading, questions=questions) if questions else reading


def read(cells: Cells, separator: str) -> Entries:
    """The labels of each list; a word without brackets is one label, and ``[]`` and blank cells are none."""
    parts = [part.fill_null("").dictionary_encode() for part in cells.slices()]
    values: dict[str, Any] = {}
    for part in parts:
        for cell in part.dictionary.to_pylist():
            if cell not in values:
                values[cell] = _value(cells, cell)
    words = any(map(_has_word, values.values()))
    labels = {cell: _labels(cells, cell, value, words) for cell, value in values.items()}
    collector = Collector()
    for part in parts:
        found = [labels[cell] for cell in part.dictionary.to_pylist()]
        collector.add(*collector.of_different(found, part.indices.to_numpy()))
    return collector.entries(exact=True)


def _value(cells: Cells, cell: str) -> Any:
    """What a cell holds; a word as it is, and None where it says that there is nothing."""
    text = cell.strip()
    if not is_bracketed(text) and text[:1] not in ("[", "{"):
        return None if not text or text.lower() in NULLS else text
    try:
        value = parsed(text)
        if _is_list(value):
            return value
        if text[0] == "(":
            return text
        raise Misfit("pairs stand in braces")
    except Misfit as error:
        raise CellError(cells.row_of(text), f"{error}; {RIGHT}") from None


def _labels(cells: Cells, cell: str, value: Any, words: bool) -> list[str]:
    try:
        return labels_in(value, words=words)
    except Misfit as error:
        raise CellError(cells.row_of(cell.strip()), f"{error}; {RIGHT}") from None


def _fits(cell: str) -> bool:
    try:
        value = parsed(cell) if is_bracketed(cell) else cell
        labels_in(value, words=_has_word(value))
    except Misfit:
        return False
    return True


def _bare_words(value: Any) -> Iterable[Bare]:
    """Words without quotes in a list that are no numbers and no ``None``."""
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, Bare) and not NUMBER.fullmatch(entry) and entry.lower() not in NULLS | TRUTHS.keys():
            yield entry


def _has_word(value: Any) -> bool:
    return next(iter(_bare_words(value)), None) is not None


class _Found:
    """The different cells of a column, by what they are.

    Args:
        counts: The different cells and their rows.
    """

    def __init__(self, counts: Counter[str]) -> None:
        self.lists: dict[str, Any] = {}
        self.words: list[str] = []
        self.broken: list[str] = []
        for cell in counts:
            if not is_bracketed(cell):
                self.words.append(cell)
                continue
            try:
                value = parsed(cell)
                if not _is_list(value):
                    raise Misfit("words in round brackets")
                labels_in(value, words=_has_word(value))
                self.lists[cell] = value
            except Misfit:
                self.broken.append(cell)
        self.strong = [cell for cell, value in self.lists.items() if _is_strong(value)]
        self.weak = [cell for cell, value in self.lists.items() if value and cell not in set(self.strong)]
        rows = sum(counts[cell] for cell in self.lists)
        self.mostly = 2 * rows >= sum(counts.values())

    @property
    def enough(self) -> bool:
        """Whether the lists make the column one of lists."""
        if self.strong:
            return not self.broken or self.mostly
        return bool(self.weak) and not self.broken


def _is_list(value: Any) -> bool:
    """Whether a value in brackets is a list: in round ones, only quotes and numbers with commas stand."""
    if not isinstance(value, Sequence):
        return isinstance(value, list | dict)
    if value.bracket == "(":
        return not value or (not _has_word(value) and value.parted == ",")
    pairs = ["=" in word for word in _bare_words(value)]
    return not (value.bracket == "{" and pairs and all(pairs))


def _is_strong(value: Any) -> bool:
    """Whether a list has entries that only a program prints so: in quotes, numbers, objects."""
    if isinstance(value, dict):
        return bool(value)
    return any(not isinstance(entry, Bare) or NUMBER.fullmatch(entry) for entry in value)


def _questions(cells: Cells, found: _Found, entries: Entries) -> tuple[Question, ...]:
    if found.words and not found.strong:
        whole = labels_line(matrix_of(read_whole(cells, ""), cells.name))
        listed = labels_line(matrix_of(entries, cells.name))
        choices = (Choice(listed, {"cell": "list"}), Choice(f"each cell is one label, {whole}", {"cell": "one"}))
        text = f"column {cells.name!r}: are cells such as {found.weak[0]!r} lists, or names in brackets?"
        return (Question(text, choices, cells.name),)
    bare = {cell[1:-1]: cells.counts[cell] for cell in found.weak if cell[0] in "[{"}
    pair = next(iter(Split(",", bare, quotes=False).together), None)
    if pair is None:
        return ()
    choices = (
        Choice(f"two labels, {labels_line(matrix_of(entries, cells.name))}", {"cell": "list"}),
        Choice(
            "one name with a comma in it: write names in quotes; as written, each cell is one label", {"cell": "one"}
        ),
    )
    text = f"column {cells.name!r}: {pair[0]!r} and {pair[1]!r} stand only next to one another: one name or two labels?"
    return (Question(text, choices, cells.name),)


LISTED = CellForm("list", "a list as programs print it", look, read, (TEXT,))
