"""Label Studio's JSON_MIN export: a flat object for each answer, as in its CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.json_rows.answers import Answers, known_answers
from mlcl_core.data.readers.json_rows.label_studio_values import holds_labels, names_in
from mlcl_core.data.readers.json_rows.record import JsonOptions, Known, Records, RowsKind
from mlcl_core.data.readers.values import table_of
from mlcl_core.data.tables.arrow_types import is_list

TASK, ANSWER, BY = "id", "annotation_id", "annotator"
UNUSED = ("created_at", "updated_at", "lead_time")


def _recognise(first: Sequence[Mapping[str, Any]]) -> bool:
    return all({TASK, ANSWER, BY} <= record.keys() for record in first) and any(map(_fields, first))


def _fields(row: Mapping[str, Any]) -> list[str]:
    """The keys whose values are labels beyond doubt: several of them, or those of regions."""
    return [key for key, value in row.items() if _kind_of(value)]


def _kind_of(value: Any) -> str:
    """The key under which an object, or each of a list of objects, holds its labels; empty where there is none."""
    objects = value if isinstance(value, list) else [value]
    if not objects or not all(isinstance(one, dict) for one in objects):
        return ""
    return next((key for key in objects[0] if holds_labels(key)), "")


def _table(records: Records, path: Path) -> pa.Table:
    rows = [dict(record) for record in records]
    fields = dict.fromkeys(field for row in rows for field in _fields(row))
    for number, row in enumerate(rows):
        for field in fields:
            row[field] = _labels(row.get(field), f"{path}: row {number}, key {field!r}")
        # a number, or an empty text where no annotation is
        row[ANSWER] = None if row.get(ANSWER) in (None, "") else str(row[ANSWER])
    return table_of(rows, path)


def _labels(value: Any, place: str) -> list[str]:
    kind = _kind_of(value)
    if not kind:
        return names_in(value or None, place)
    objects = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(name for one in objects for name in names_in(one.get(kind), place)))


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    fields = [name for name in table.column_names if is_list(table[name].type)]
    unused = [name for name in UNUSED if name in table.column_names]
    return known_answers(table, Answers(TASK, ANSWER, BY, fields, unused), options, ())


LABEL_STUDIO_MIN = RowsKind("label_studio_min", "Label Studio, JSON_MIN", _recognise, _table, _known)
