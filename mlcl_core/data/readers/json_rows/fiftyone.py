"""FiftyOne's dataset JSON (``samples.json``): samples with fields of labels, of which a null has two meanings."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.json_rows.fields import label_field_question
from mlcl_core.data.readers.json_rows.record import JsonOptions, Known, Records, RowsKind
from mlcl_core.data.readers.json_rows.unlabelled import LOOKED_AT, unlabelled_question, with_looked_at
from mlcl_core.data.readers.values import table_of
from mlcl_core.data.tables.options import listed
from mlcl_core.data.tables.question import Question
from mlcl_core.data.tables.schema import ANNOTATED, IGNORED, LABEL, PICTURE, SPLIT
from mlcl_core.errors import InputError

FILE, TAGS, IN_TAGS = "filepath", "tags", "split (of tags)"
SPLITS = ("train", "training", "val", "valid", "validation", "dev", "test")


def _recognise(first: Sequence[Mapping[str, Any]]) -> bool:
    if not all(isinstance(record.get(FILE), str) for record in first):
        return False
    return any("_media_type" in record or any(map(_is_label, record.values())) for record in first)


def _is_label(value: Any) -> bool:
    return isinstance(value, dict) and "_cls" in value and _holds_labels(value)


def _holds_labels(value: Mapping[str, Any]) -> bool:
    """Whether an object of FiftyOne is one label, or a list of objects with labels."""
    if "label" in value:
        return True
    parts = _parts(value)
    return parts is not None and all("label" in part for part in parts)


def _parts(value: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The list that ``Classifications``, ``Detections``, ``Polylines``, ... hold under the name of their class."""
    parts = value.get(str(value.get("_cls", "")).lower())
    return parts if isinstance(parts, list) and all(isinstance(part, dict) for part in parts) else None


def _labels(value: Any, place: str) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not _holds_labels(value):
        raise InputError(f"{place} is {str(value)[:60]!r}; it must be null or an object with labels, as elsewhere")
    parts = [value] if "label" in value else _parts(value) or []
    found = [part["label"] for part in parts if part["label"] is not None]
    if not all(isinstance(label, str) for label in found):
        raise InputError(f"{place} has a label that is no text")
    return list(dict.fromkeys(found))


def _table(records: Records, path: Path) -> pa.Table:
    samples = list(records)
    fields = dict.fromkeys(key for sample in samples for key, value in sample.items() if _is_label(value))
    rows = []
    for number, sample in enumerate(samples):
        row = {key: value for key, value in sample.items() if not key.startswith("_") and not isinstance(value, dict)}
        row |= {key: _labels(sample.get(key), f"{path}: sample {number}, field {key!r}") for key in fields}
        rows.append(with_looked_at(row, fields))
    if all(len(_splits(row)) == 1 for row in rows):
        rows = [row | {IN_TAGS: _splits(row)[0]} for row in rows]
    return table_of(rows, path).replace_schema_metadata({"fields": "\n".join(fields)})


def _splits(row: Mapping[str, Any]) -> list[str]:
    tags = row.get(TAGS)
    return [tag for tag in tags if isinstance(tag, str) and tag.lower() in SPLITS] if isinstance(tags, list) else []


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    told = table.schema.metadata[b"fields"].decode()
    fields = told.split("\n") if told else []
    questions: list[Question] = []
    roles = {FILE: PICTURE, IN_TAGS: SPLIT}
    if not fields:
        return Known(roles)
    chosen = [field for field in listed(options.labels) if field in fields] or fields
    if len(fields) > 1 and not options.labels:
        questions.append(label_field_question(table, fields))
    roles |= dict.fromkeys(_beside(table), IGNORED)
    roles |= {} if options.labels else dict.fromkeys(fields, IGNORED) | {fields[0]: LABEL}
    marks = dict.fromkeys((field + LOOKED_AT for field in fields), IGNORED)
    question = unlabelled_question(table, chosen[0], options.unlabelled)
    if question is not None:
        questions.append(question)
    elif options.unlabelled == "drop":
        marks[chosen[0] + LOOKED_AT] = ANNOTATED
    said = (f"{TAGS} name the split of each sample",) if IN_TAGS in table.column_names else ()
    return Known(roles | marks, said=said, questions=tuple(questions))


def _beside(table: pa.Table) -> Iterable[str]:
    return [name for name in (TAGS,) if name in table.column_names]


FIFTYONE = RowsKind("fiftyone", "FiftyOne, samples.json", _recognise, _table, _known)
