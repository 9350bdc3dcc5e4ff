"""Unknown cells among columns of 0 and 1: what they count as is asked, once for all columns."""

from mlcl_core.data.tables.draft import Draft
from mlcl_core.data.tables.options import threshold_of
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.schema import LABEL


def ask_unknown(draft: Draft) -> str:
    """What unknown cells count as; a question where there are some and nothing is told."""
    if draft.options.unknown or threshold_of(draft.options.threshold) is not None:
        return draft.options.unknown
    found = {}
    for name in draft.of_role(LABEL):
        facts = draft.facts[name].zero_one
        if draft.cells[name][0] == "zero_one" and facts is not None and facts.unknown:
            found[name] = facts
    if found:
        first, facts = next(iter(found.items()))
        fractions = any(one.fractions for one in found.values())
        counts = {name: one.unknown for name, one in found.items()}
        draft.questions.append(
            unknown_question(counts, first, facts.first_unknown_row, facts.first_unknown_cell, fractions=fractions)
        )
    return ""


def unknown_question(counts: dict[str, int], column: str, row: int, cell: str, *, fractions: bool) -> Question:
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
