"""Label Studio's JSON export: tasks with the answers of annotators; a row for each answer."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.json_rows.answers import Answers, known_answers
from mlcl_core.data.readers.json_rows.fields import in_words
from mlcl_core.data.readers.json_rows.label_studio_values import labels_of, local_name
from mlcl_core.data.readers.json_rows.record import JsonOptions, Known, Records, RowsKind
from mlcl_core.data.readers.values import table_of
from mlcl_core.errors import InputError

ANSWERS = ("annotations", "completions")
TASK, ANSWER, BY = "task_id", "annotation_id", "completed_by"
LABELS = pa.list_(pa.large_string())


def _recognise(first: Sequence[Mapping[str, Any]]) -> bool:
    return any(isinstance(record.get("data"), dict) and isinstance(_answers(record), list) for record in first)


def _answers(task: Mapping[str, Any]) -> Any:
    return next((task[key] for key in ANSWERS if key in task), None)


def _table(records: Records, path: Path) -> pa.Table:
    """A row for each answer that was given; one without an answer for a task that has none."""
    counts: Counter[str] = Counter()
    rows = [row for number, task in enumerate(records) for row in _rows(task, number, path, counts)]
    fields = list(dict.fromkeys(field for _, labels in rows for field in labels))
    taken = {key for row, _ in rows for key in row}
    names = {field: field if field not in taken else f"{field} (labels)" for field in fields}
    # an answer without a field has no label of it
    whole = ({**row, **{name: labels.get(field, []) for field, name in names.items()}} for row, labels in rows)
    table = table_of(whole, path)
    for name in names.values():
        table = table.set_column(table.column_names.index(name), pa.field(name, LABELS), table[name].cast(LABELS))
    # the head's sentences are made of these
    told = {key: str(count) for key, count in counts.items()} | {"fields": "\n".join(names.values())}
    return table.replace_schema_metadata(told)


def _rows(
    task: Mapping[str, Any], number: int, path: Path, counts: Counter[str]
) -> Iterator[tuple[dict[str, Any], dict[str, list[str]]]]:
    place = f"{path}: task {number}"
    data, answers = task.get("data"), _answers(task)
    if not isinstance(data, dict) or not isinstance(answers, list):
        raise InputError(f"{place} has no 'data' with 'annotations', as every task of Label Studio has")
    counts["predicted"] += bool(task.get("predictions"))
    own = {TASK: task.get("id", number)} | _own_data(data, counts)
    given = 0
    for at, answer in enumerate(answers):
        if not isinstance(answer, dict) or not isinstance(answer.get("result", []), list):
            raise InputError(f"{place}, annotation {at} is {str(answer)[:40]!r}; it must be an object with a 'result'")
        if answer.get("was_cancelled") or answer.get("skipped"):
            counts["skipped"] += 1
            continue
        given += 1
        name = answer.get("id", f"{own[TASK]}.{at}")
        labels = labels_of(answer.get("result", []), f"{place}, annotation {at}")
        yield {**own, ANSWER: str(name), BY: _annotator(answer)}, labels
    if not given:
        yield {**own, ANSWER: None, BY: None}, {}


def _own_data(data: Mapping[str, Any], counts: Counter[str]) -> dict[str, Any]:
    own = {}
    for key, value in data.items():
        found = local_name(value) if isinstance(value, str) else value
        counts["kept"] += found is not value
        own[key if key not in (TASK, ANSWER, BY) else f"data.{key}"] = found
    return own


def _annotator(answer: Mapping[str, Any]) -> str | None:
    by = answer.get("completed_by")
    if isinstance(by, dict):
        by = next((by[key] for key in ("email", "id", "username") if by.get(key) is not None), None)
    return None if by is None else str(by)


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    told = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    if not told["fields"]:
        raise InputError(f"{path} holds {table.num_rows:,} tasks of Label Studio, and no labels in any annotation")
    said = []
    if kept := int(told.get("kept", 0)):
        said.append(f"{in_words(kept, 'file')} that Label Studio keeps: looked for beside this one, by name")
    if skipped := int(told.get("skipped", 0)):
        said.append(f"{in_words(skipped, 'annotation')} that the annotators skipped: not read")
    if guessed := int(told.get("predicted", 0)):
        said.append(f"the predictions of {in_words(guessed, 'task')} are not read: only annotations are")
    return known_answers(table, Answers(TASK, ANSWER, BY, told["fields"].split("\n")), options, said)


LABEL_STUDIO = RowsKind("label_studio", "Label Studio, JSON", _recognise, _table, _known)
