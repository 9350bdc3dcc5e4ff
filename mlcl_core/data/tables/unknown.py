"""Unknown cells among columns of 0 and 1: what they count as is asked, once for all columns."""

from collections.abc import Sequence

import pyarrow as pa

from mlcl_core.data.tables.cells import zero_one_columns
from mlcl_core.data.tables.draft import Draft
from mlcl_core.data.tables.options import threshold_of
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.schema import LABEL


def ask_unknown(draft: Draft) -> str:
    """What unknown cells count as; a question where there are some and nothing is told."""
    if draft.options.unknown or threshold_of(draft.options.threshold) is not None:
        return draft.options.unknown
    names = [name for name in draft.of_role(LABEL) if draft.cells[name][0] == "zero_one"]
    draft.questions += unknown_cells([draft.facts[name].cells for name in names], names)
    return ""


def unknown_cells(columns: Sequence[pa.ChunkedArray], names: Sequence[str]) -> tuple[Question, ...]:
    """The question about the unknown cells of columns of 0 and 1; none where there are none."""
    found = {
        name: facts
        for name, facts in zip(names, zero_one_columns(columns), strict=True)
        if facts is not None and facts.unknown
    }
    if not found:
        return ()
    column, first = next(iter(found.items()))
    counts = {name: facts.unknown for name, facts in found.items()}
    fractions = any(facts.fractions for facts in found.values())
    return (_question(counts, column, first.first_unknown_row, first.first_unknown_cell, fractions=fractions),)


def _question(counts: dict[str, int], column: str, row: int, cell: str, *, fractions: bool) -> Question:
    """The question what unknown cells count as.

    Args:
        counts: The unknown cells of each column that has any.
        column, row, cell: The first of them.
        fractions: Whether some are fractions, for which a threshold is a third reading.
    """
    several = ", ".join(f"{count:,} in {name!r}" for name, count in list(counts.items())[:5])
    more = f" and {len(counts) - 5:,} more columns" if len(counts) > 5 else ""
    total = sum(counts.values())
    choices = [
        Choice("they are not carried", {"unknown": "no"}),
        Choice("they are carried", {"unknown": "yes"}),
        Choice("items with such a cell are left out", {"unknown": "drop_item"}),
    ]
    if fractions:
        choices.append(Choice("labels are carried from that number on", {"threshold": "0.5"}))
    return Question(
        f"{total:,} cell{'s'[: total != 1]} of label columns of 0 and 1 {'is' if total == 1 else 'are'} unknown "
        f"({several}{more}; the first: {cell or 'empty'} at row {row}, column {column!r}): what do they count as?",
        tuple(choices),
        column,
    )
