"""Tables with a row for each answer of an annotator about an item: what is known of them, and what is open."""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.readers.json_rows.fields import label_field_question
from mlcl_core.data.readers.json_rows.record import JsonOptions, Known
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.schema import ANNOTATED, ANNOTATOR, IGNORED, LABEL, NAME


class Answers(NamedTuple):
    """The columns of a table of answers.

    Args:
        item: Names the item.
        answer: Names the answer; null where there is none, as the item was never looked at.
        by: Names the annotator.
        fields: Lists of labels; empty: they are found by their names and cells.
        unused: Columns that say nothing about the items.
    """

    item: str
    answer: str
    by: str
    fields: Sequence[str]
    unused: Sequence[str] = ()


def known_answers(table: pa.Table, columns: Answers, options: JsonOptions, said: Sequence[str]) -> Known:
    """The roles of the columns; questions where several fields hold labels, and where items have several answers."""
    roles = dict.fromkeys(columns.unused, IGNORED)
    roles |= {columns.answer: ANNOTATED, columns.item: NAME, columns.by: IGNORED}
    questions = []
    if len(columns.fields) == 1 and not options.labels:
        roles[columns.fields[0]] = LABEL
    elif columns.fields and not options.labels:
        questions.append(label_field_question(table, columns.fields))
        roles |= dict.fromkeys(columns.fields, IGNORED) | {columns.fields[0]: LABEL}
    rows = "item"
    repeated = _repeated(table, columns)
    if repeated:
        rows, roles[columns.by] = "annotator", ANNOTATOR
        if not options.rows:
            questions.append(_what_is_agreed(repeated, table, columns.item))
    return Known(roles, rows, tuple(said), tuple(questions))


def _repeated(table: pa.Table, columns: Answers) -> int:
    """The number of items with several answers."""
    counts = pc.value_counts(table[columns.item].filter(pc.is_valid(table[columns.answer]))).field("counts")
    return pc.sum(pc.greater(counts, 1)).as_py() or 0


def _what_is_agreed(repeated: int, table: pa.Table, item: str) -> Question:
    items = pc.count_distinct(table[item]).as_py()
    return Question(
        f"{repeated:,} of {items:,} items have several annotations: which labels does an item carry?",
        (
            Choice("those that at least half of its annotations give", {"rows": "annotator", "threshold": "0.5"}),
            Choice("those that all of its annotations give", {"rows": "annotator", "threshold": "1"}),
            Choice("those that any of its annotations gives", {"rows": "item_label"}),
        ),
        item,
    )
