"""Cells that hold a list as programs print it: Python, JSON, numpy, DuckDB, Postgres, R; or an object with choices."""

import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Any

import pyarrow as pa

from mlcl_core.data.tables.cells.columns import TEXT, CellError, Cells
from mlcl_core.data.tables.cells.list_cells import (
    CHOICES,
    check_labels,
    fits,
    in_round_brackets,
    list_cells,
    list_in,
)
from mlcl_core.data.tables.cells.literals import NUMBER, Bare, Misfit, is_bracketed
from mlcl_core.data.tables.cells.looks import label_reading, labels_line, scores_asked
from mlcl_core.data.tables.cells.matrix import matrix_of
from mlcl_core.data.tables.cells.one import read as read_whole
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.cells.splitting import Split
from mlcl_core.data.tables.cells.values import has_scores, is_word, labels_in
from mlcl_core.data.tables.question import Choice, Question

PRINTED = re.compile(r"[\[{]\s*['\"\[{]")  # how lists and objects begin that a program prints
RARE = 20  # words for each list: then lists may be names in brackets
SAMPLE = 1000  # different cells that say whether a column holds lists


def look(cells: Cells, separator: str) -> CellReading | None:
    """Lists in all cells, or lists among words that are sets of one; None where most cells are no lists."""
    found = _Found(cells.counts)
    if found.is_other:
        # no text with separators either: reading names the first cell and what is wrong with it
        return CellReading("list")
    if not found.lists or not found.enough:
        return None
    try:
        entries = read(cells, "")
    except CellError:
        if not found.mostly:
            return None
        # a cell that does not fit is refused when the file is read, with its row
        fitting = [
            cell if fits(cell, choices=found.choices, words=found.has_words) else None
            for cell in cells.column.to_pylist()
        ]
        cells = Cells(pa.chunked_array([pa.array(fitting, pa.large_string())]), cells.name, cells.classes)
        entries = read(cells, "")
    how = "cells are lists"
    if found.words:
        how += ", and a word beside them is a set of one"
    reading = label_reading(cells, entries, "list", "", how, certain=True)
    questions = _questions(cells, found, entries)
    return replace(reading, questions=questions, said=()) if questions else reading


def read(cells: Cells, separator: str) -> Entries:
    """The labels of each list; a word without brackets is one label, and ``[]`` and blank cells are none."""
    return list_cells(cells)


class _Found:
    """The different cells of a column, by what they are.

    Args:
        counts: The different cells and their rows.
    """

    def __init__(self, counts: Counter[str]) -> None:
        self.lists: dict[str, Any] = {}
        self.words: list[str] = []
        self.broken: list[str] = []
        labels: dict[str, list[str]] = {}
        values: dict[str, Any] = {}
        self.choices = any(cell.startswith(CHOICES) for cell in counts)
        for cell in islice(counts, SAMPLE):
            if not is_bracketed(cell) or in_round_brackets(cell) or (self.choices and not cell.startswith(CHOICES)):
                cut = PRINTED.match(cell) and not self.choices
                (self.broken if cut else self.words).append(cell)
                continue
            try:
                values[cell] = list_in(cell)
                labels[cell] = labels_in(values[cell])
            except Misfit:
                self.broken.append(cell)
        self.has_words = any(isinstance(label, Bare) and is_word(label) for found in labels.values() for label in found)
        for cell, found in labels.items():
            try:
                check_labels(found, words=self.has_words)
                self.lists[cell] = values[cell]
            except Misfit:
                self.broken.append(cell)
        self.strong = [cell for cell, value in self.lists.items() if _is_strong(value)]
        self.weak = [cell for cell, value in self.lists.items() if value and cell not in set(self.strong)]
        self.mostly = len(self.lists) >= len(self.broken) + len(self.words)

    @property
    def enough(self) -> bool:
        """Whether the lists make the column one of lists."""
        if self.strong:
            return not self.broken or self.mostly
        return bool(self.weak) and not self.broken

    @property
    def is_other(self) -> bool:
        """Whether half of the cells are printed by a program, but hold no labels: objects without a name, matrices."""
        printed = sum(PRINTED.match(cell) is not None for cell in self.broken)
        return printed > len(self.lists) and 2 * printed >= len(self.broken) + len(self.lists) + len(self.words)


def _is_strong(value: Any) -> bool:
    """Whether a list has entries that only a program prints so: in quotes, numbers, objects."""
    if isinstance(value, dict):
        return bool(value)
    return any(not isinstance(entry, Bare) or NUMBER.fullmatch(entry) for entry in value)


def _questions(cells: Cells, found: _Found, entries: Entries) -> tuple[Question, ...]:
    listed = Choice(labels_line(matrix_of(entries, cells.name)), {"cell": "list"})
    if any(map(has_scores, found.lists.values())):
        return scores_asked(cells.name, listed)
    several = any(len(value) != 1 for value in found.lists.values())
    rare = RARE * len(found.lists) < len(found.words)
    if (not found.strong and (found.words or not several)) or (found.strong and rare):
        whole = labels_line(matrix_of(read_whole(cells, ""), cells.name))
        text = f"column {cells.name!r}: are cells such as {next(iter(found.lists))!r} lists, or names in brackets?"
        choices = (listed, Choice(f"one label a cell, {whole}", {"cell": "one"}))
        return (Question(text, choices, cells.name),)
    known = {label for value in found.lists.values() for label in labels_in(value)}
    joined_words = next((word for word in found.words for mark in ";|," if _all_known(word, mark, known)), None)
    if joined_words:
        text = f"column {cells.name!r}: is {joined_words!r}, which is no list, one label?"
        choices = (listed, Choice("the column is left out: write the cell as a list", {"ignore": cells.name}))
        return (Question(text, choices, cells.name),)
    bare = {cell[1:-1]: cells.counts[cell] for cell in found.weak if cell[0] in "[{"}
    pair = next(iter(Split(",", bare, quotes=False).together), None)
    if pair is None:
        return ()
    choices = (
        listed,
        Choice(
            "one name with a comma in it: write names in quotes; as written, each cell is one label", {"cell": "one"}
        ),
    )
    text = f"column {cells.name!r}: {pair[0]!r} and {pair[1]!r} stand only next to one another: one name or two labels?"
    return (Question(text, choices, cells.name),)


def _all_known(word: str, mark: str, known: set[str]) -> bool:
    """Whether a word without brackets consists of labels of the lists."""
    pieces = [piece.strip() for piece in word.split(mark)]
    return len(pieces) > 1 and known.issuperset(pieces)


LISTED = CellForm("list", "a list as programs print it", look, read, (TEXT,))
