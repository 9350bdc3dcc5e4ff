"""doccano's exports with spans: the labels of an item are those of its spans. Whole-text labels need no kind."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.json_rows.record import JsonOptions, Known, Records, RowsKind
from mlcl_core.data.readers.values import table_of
from mlcl_core.data.tables.schema import LABEL
from mlcl_core.errors import InputError

KEYS = ("label", "labels", "entities", "spans")


def _recognise(first: Sequence[Mapping[str, Any]]) -> bool:
    return _key(first) is not None


def _key(first: Sequence[Mapping[str, Any]]) -> str | None:
    """The key whose lists hold spans."""
    for key in KEYS:
        lists = [record[key] for record in first if isinstance(record.get(key), list)]
        entries = [entry for one in lists for entry in one]
        if entries and all(_label_of(entry) is not None for entry in entries):
            return key
    return None


def _label_of(span: Any) -> str | None:
    """The label of ``[start, end, label]`` or of an object with the places of its start and end; None: no span."""
    if isinstance(span, list):
        places = len(span) == 3 and all(isinstance(place, int) for place in span[:2])
        return span[2] if places and isinstance(span[2], str) else None
    if isinstance(span, dict) and {"start", "start_offset"} & span.keys() and {"end", "end_offset"} & span.keys():
        label = span.get("label")
        return label if isinstance(label, str) else None
    return None


def _table(records: Records, path: Path) -> pa.Table:
    rows = [dict(record) for record in records]
    key = _key(rows[:100]) or "label"
    for number, row in enumerate(rows):
        spans = row.get(key)
        if spans is None:
            continue
        labels = [_label_of(span) for span in spans] if isinstance(spans, list) else [None]
        if None in labels:
            shown = repr(spans)[:60]
            raise InputError(
                f"{path}: key {key!r} is {shown} at row {number}; it must be a list of [start, end, label], as in the "
                "rows before"
            )
        row[key] = list(dict.fromkeys(labels))
    return table_of(rows, path)


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    key = next(key for key in KEYS if key in table.column_names)
    roles = {} if options.labels else {key: LABEL}
    return Known(roles, said=(f"key {key!r} holds spans; the labels of an item are those of its spans",))


DOCCANO = RowsKind("doccano", "texts with labelled spans (doccano, spaCy)", _recognise, _table, _known)
