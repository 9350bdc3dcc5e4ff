"""A field of labels that is null: an item without labels, or one that was never looked at."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from mlcl_core.data.tables.question import Choice, Question

LOOKED_AT = " (looked at)"  # behind the name of a field: the column that is null where the field is


def with_looked_at(row: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """A row with a column for each field that says whether it holds a list, even an empty one."""
    return {**row} | {field + LOOKED_AT: None if row.get(field) is None else "yes" for field in fields}


def unlabelled_question(table: pa.Table, field: str, told: str) -> Question | None:
    """The question what nulls of a field mean; None where there are none, or it is told."""
    count = table[field + LOOKED_AT].null_count
    if told or not count:
        return None
    carried = f"{table.num_rows:,} items, {count:,} of them without labels"
    kept = f"{table.num_rows - count:,} items, as the others were never looked at"
    return Question(
        f"{field!r} is null in {count:,} of {table.num_rows:,} items: do these carry no label, or were they never "
        "looked at?",
        (Choice(carried, {"unlabelled": "none"}), Choice(kept, {"unlabelled": "drop"})),
        field,
    )
