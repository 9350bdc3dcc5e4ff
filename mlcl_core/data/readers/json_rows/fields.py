"""Several fields of labels in one file: which of them is meant is a question."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.arrow_types import list_values
from mlcl_core.data.tables.question import Choice, Question

SHOWN = 4  # fields and labels that a question names


def label_field_question(table: pa.Table, fields: Sequence[str]) -> Question:
    """The question which of several fields holds the labels; the option ``labels`` chooses, one or several."""
    choices = [Choice(_labels_line(table[field]), {"labels": field}) for field in fields[:SHOWN]]
    if len(fields) <= SHOWN:
        every = ",".join(f'"{field}"' if "," in field else field for field in fields)
        choices.append(Choice("the labels of all of them together", {"labels": every}))
    shown = ", ".join(map(repr, fields[:SHOWN])) + ", ..." * (len(fields) > SHOWN)
    return Question(f"which field holds the labels, {shown}?", tuple(choices))


def _labels_line(column: pa.ChunkedArray) -> str:
    names = sorted(name for name in pc.unique(list_values(column)).to_pylist() if name is not None)
    shown = ", ".join(" ".join(name.split())[:40] for name in names[:SHOWN]) + ", ..." * (len(names) > SHOWN)
    return f"{in_words(len(names), 'label')}: {shown}"


def in_words(count: int, what: str) -> str:
    """A number and a noun: 1 label, 2 labels."""
    return f"{count:,} {what}{'s'[: count != 1]}"
