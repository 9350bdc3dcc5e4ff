"""What the first rows of a column say in one form: its labels, a sentence, how well it fits."""

import numpy as np

from mlcl_core.data.tables.cells.columns import Cells
from mlcl_core.data.tables.cells.literals import NUMBER
from mlcl_core.data.tables.cells.matrix import matrix_of
from mlcl_core.data.tables.cells.record import CellReading, Entries, LabelCells
from mlcl_core.data.tables.question import Choice, Question

HUNDREDS = 100  # labels at one an item from which it is asked whether the column holds labels
WORDS = 4  # a label, on average, from which entries are sentences
SAMPLE = 5  # labels that a sentence names
MAX_SHOWN = 40  # characters of a label that a sentence shows


def label_reading(
    cells: Cells, entries: Entries, cell: str, separator: str, how: str, *, quiet: bool = False, certain: bool = False
) -> CellReading:
    """A reading with its strength, its sentence, and the question whether a column of many rare labels is one at all.

    Args:
        cells: The column.
        entries: Its entries in this form.
        cell, separator: Of the reading.
        how: The middle of the sentence: ``labels are separated by ';'``.
        quiet: Whether nothing is said, as the form is plain.
        certain: Whether the form itself says that cells hold lists, so that rare labels are labels too.
    """
    held = matrix_of(entries, cells.name, classes=cells.classes)
    said = () if quiet else (f"column {cells.name!r}: {how} ({labels_line(held)})",)
    questions = () if certain else _rare(cells, held, cell, separator)
    return CellReading(cell, separator, said + held.said, questions, strength(cells, held, certain=certain))


def labels_line(held: LabelCells) -> str:
    """The number of labels, and the first of them: ``3 labels: fog, sea, sun``."""
    count = len(held.names)
    names = [" ".join(name.split()) for name in held.names[:SAMPLE]]
    listed = ", ".join(name if len(name) <= MAX_SHOWN else f"{name[: MAX_SHOWN - 1]}…" for name in names)
    return f"{count:,} label{'' if count == 1 else 's'}: {listed}{', …' if count > SAMPLE else ''}"


def strength(cells: Cells, held: LabelCells, *, certain: bool = False) -> float:
    """The share of entries whose label another entry has already, less for numbers and for sentences; 0 to 1."""
    entries = held.y.nnz
    if not entries:
        return 0.0
    repeated = 1 - len(held.names) / entries
    several = entries > (np.diff(held.y.indptr) > 0).sum()
    found = 0.4 + 0.6 * repeated if several and certain else repeated
    if not certain and not several and all(NUMBER.fullmatch(name) for name in held.names):
        found *= 0.5
    if len(held.names) == 1 and entries == len(cells):
        found *= 0.1
    if sum(len(name.split()) for name in held.names) >= WORDS * len(held.names) and not certain:
        found *= 0.2
    if _is_rare(held):
        found *= 0.1
    return round(float(found), 4)


def scores_asked(name: str, every: Choice) -> tuple[Question, ...]:
    """The question whether every label of a cell is meant, though labels have scores."""
    text = f"column {name!r}: labels have scores between 0 and 1; is each of them carried, whatever its score?"
    return (Question(text, (every, Choice(f"column {name!r} is left out", {"ignore": name})), name),)


def _is_rare(held: LabelCells) -> bool:
    """Hundreds of labels at one an item, most of them once."""
    counts = np.bincount(held.y.indices, minlength=len(held.names))
    several, once = int((np.diff(held.y.indptr) > 1).sum()), int((counts == 1).sum())
    return len(counts) >= HUNDREDS and several <= 0.01 * held.y.shape[0] and 2 * once > len(counts)


def _rare(cells: Cells, held: LabelCells, cell: str, separator: str) -> tuple[Question, ...]:
    if not _is_rare(held):
        return ()
    counts = np.bincount(held.y.indices, minlength=len(held.names))
    options = {"cell": cell} | ({"separator": separator} if separator else {})
    text = (
        f"column {cells.name!r} holds {len(held.names):,} different labels at one an item, "
        f"{int((counts == 1).sum()):,} of them once: are they labels?"
    )
    choices = (
        Choice(labels_line(held), options),
        Choice(f"column {cells.name!r} is left out", {"ignore": cells.name}),
    )
    return (Question(text, choices, cells.name),)
