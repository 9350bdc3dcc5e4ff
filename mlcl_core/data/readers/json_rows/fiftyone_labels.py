"""FiftyOne's ``labels.json`` of classifications and detections: labels by the names of pictures in ``data/``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.pictures import ENDINGS
from mlcl_core.data.readers.json_rows.record import JsonOptions, Known, Records, RowsKind
from mlcl_core.data.readers.json_rows.unlabelled import LOOKED_AT, unlabelled_question, with_looked_at
from mlcl_core.data.readers.values import table_of
from mlcl_core.data.tables.schema import ANNOTATED, IGNORED, LABEL, NAME, PICTURE
from mlcl_core.errors import InputError

CLASSES, LABELS, FOLDER = "classes", "labels", "data"


def _recognise(first: Sequence[Mapping[str, Any]]) -> bool:
    document = first[0]
    return len(first) == 1 and document.keys() == {CLASSES, LABELS} and isinstance(document[LABELS], dict)


def _table(records: Records, path: Path) -> pa.Table:
    (document,) = records
    classes = document[CLASSES]
    if classes is not None and not (isinstance(classes, list) and all(isinstance(name, str) for name in classes)):
        raise InputError(f"{path}: key {CLASSES!r} must be null or a list of texts")
    if not document[LABELS]:
        raise InputError(f"{path}: key {LABELS!r} holds no item")
    files = _pictures(path.parent / FOLDER)
    rows = []
    for name, target in document[LABELS].items():
        row = {"name": name, LABELS: _names(target, classes, f"{path}: item {name[:60]!r}")}
        rows.append(with_looked_at(row | ({"picture": files.get(name)} if files else {}), (LABELS,)))
    return table_of(rows, path)


def _pictures(folder: Path) -> dict[str, str]:
    """The pictures of the folder beside the file, by their names without ending."""
    if not folder.is_dir():
        return {}
    found = (entry for entry in sorted(folder.rglob("*")) if entry.name.lower().endswith(ENDINGS))
    inside = [entry.relative_to(folder.parent) for entry in found]
    return {entry.relative_to(FOLDER).with_suffix("").as_posix(): entry.as_posix() for entry in inside}


def _names(target: Any, classes: Sequence[str] | None, place: str) -> list[str] | None:
    """The labels of an item: a label, an object with one, or a list of either; labels may be numbers of classes."""
    if target is None:
        return None
    found = []
    for one in target if isinstance(target, list) else [target]:
        label = one.get("label") if isinstance(one, dict) else one
        if isinstance(label, int) and not isinstance(label, bool) and classes is not None:
            if not 0 <= label < len(classes):
                raise InputError(f"{place} has class {label}; the file names {len(classes):,}, from 0")
            label = classes[label]
        if not isinstance(label, str):
            raise InputError(f"{place} has the label {str(label)[:40]!r}; it must be a text or the number of a class")
        found.append(label)
    return list(dict.fromkeys(found))


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    question = unlabelled_question(table, LABELS, options.unlabelled)
    mark = ANNOTATED if options.unlabelled == "drop" else IGNORED
    roles = {"name": NAME, LABELS + LOOKED_AT: mark, "picture": PICTURE}
    roles |= {} if options.labels else {LABELS: LABEL}
    return Known(roles, questions=() if question is None else (question,))


FIFTYONE_LABELS = RowsKind("fiftyone_labels", "FiftyOne, labels.json", _recognise, _table, _known)
