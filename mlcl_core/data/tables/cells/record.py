"""The records of label cells: a form in which cells are written, what a column was taken for, and what it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.tables.cells.columns import Cells
from mlcl_core.data.tables.question import Question


@dataclass(frozen=True)
class CellReading:
    """How the label cells of a column are written.

    Args:
        cell: A key of ``CELLS``.
        separator: Between the labels of a cell; empty where the form has none.
        said: What was taken without a question: ``column 'tags': labels are separated by blanks (6 labels)``.
        questions: What is open: both readings, with the options ``cell`` and ``separator`` that choose each.
        strength: How well the column fits as labels, from 0 to 1: few labels that repeat are near 1; cells that are
            all different are near 0.
    """

    cell: str
    separator: str = ""
    said: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    strength: float = 0.0


class Entries(NamedTuple):
    """What the cells of a column hold, before names are sorted.

    Args:
        lengths: Entries of each row.
        codes: The word of each entry, row after row.
        words: As written; entries of blank words are no labels.
        exact: Whether blanks around a word are part of it (words in quotes), and not of the separator.
        ordered: Whether ``words`` are the labels in their order, as in vectors; else they are sorted.
        said: What reading noticed.
    """

    lengths: np.ndarray
    codes: np.ndarray
    words: list[str]
    exact: bool = False
    ordered: bool = False
    said: tuple[str, ...] = ()

    def row_of(self, code: int) -> int | None:
        """The first row with a word; None: there is none."""
        found = np.flatnonzero(self.codes == code)
        return int(np.searchsorted(np.cumsum(self.lengths), found[0], side="right")) if len(found) else None


class LabelCells(NamedTuple):
    """The labels of a column: bool [rows, labels], the labels' names, and sentences on spellings that were joined."""

    y: csr_array
    names: tuple[str, ...]
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellForm:
    """One form in which programs write the labels of an item into a cell.

    Args:
        name: The key in ``CELLS``.
        title: What a cell holds, in a few words.
        look: What the first rows of a column are in this form, with the separator if it is given; None where they do
            not fit it.
        read: The entries of every row, by the separator; :class:`columns.CellError` names a row that does not fit.
        allows: Whether cells of a column's kind can be written so; ``KINDS`` of :mod:`columns`.
    """

    name: str
    title: str
    look: Callable[[Cells, str], CellReading | None]
    read: Callable[[Cells, str], Entries]
    allows: Sequence[str]
