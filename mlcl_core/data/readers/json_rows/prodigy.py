"""Prodigy's JSON lines: options that are accepted, or one label that is accepted or rejected."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.json_rows.answers import Answers, known_answers
from mlcl_core.data.readers.json_rows.fields import in_words
from mlcl_core.data.readers.json_rows.record import JsonOptions, Known, Records, RowsKind
from mlcl_core.data.readers.values import table_of
from mlcl_core.data.tables.schema import CONFIDENCE, IGNORED, LABEL, NAME
from mlcl_core.errors import InputError

ANSWER, ACCEPT, OPTIONS, LABEL_KEY, HASH = "answer", "accept", "options", "label", "_input_hash"
WORDS = ("accept", "reject", "ignore")
BY = ("_annotator_id", "_session_id")
ITEM, LABELS, ANSWERED, ACCEPTED, ANNOTATOR = "_input_hash", "labels", "answered", "accepted", "annotator"
CONTENT = ("text", "image", "html", "path")


def _recognise(first: Sequence[Mapping[str, Any]]) -> bool:
    answered = all(record.get(ANSWER) in WORDS for record in first)
    return answered and any(_is_choice(record) or isinstance(record.get(LABEL_KEY), str) for record in first)


def _is_choice(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get(OPTIONS), list) or isinstance(record.get(ACCEPT), list)


def _table(records: Records, path: Path) -> pa.Table:
    counts: Counter[str] = Counter()
    rows = []
    for number, record in enumerate(records):
        place = f"{path}: row {number}"
        answer = record.get(ANSWER)
        if answer not in WORDS:
            raise InputError(f"{place}, key {ANSWER!r} is {str(answer)[:40]!r}; it must be accept, reject or ignore")
        choice = _is_choice(record)
        counts["choices" if choice else "binary"] += 1
        counts[f"{'choice ' if choice else ''}{answer}"] += 1
        # of choices, a rejected example says nothing about its options; of one label, that it is not carried
        looked_at = answer == "accept" or (answer == "reject" and not choice)
        row = {key: record[key] for key in CONTENT if key in record}
        row[ITEM] = record.get(HASH, next(iter(row.values()), None))
        row[LABELS] = _chosen(record, place) if choice else [_one(record, place)]
        row[ANSWERED] = answer if looked_at else None
        row[ACCEPTED] = int(answer == "accept")
        row[ANNOTATOR] = next((record[key] for key in BY if record.get(key) is not None), None)
        rows.append(row)
    if counts["choices"] and counts["binary"]:
        raise InputError(
            f"{path} mixes {in_words(counts['choices'], 'row')} with options and {in_words(counts['binary'], 'row')} "
            "of one label; export them into a file each"
        )
    told = {key: str(count) for key, count in counts.items()}
    return table_of(rows, path).replace_schema_metadata(told)


def _chosen(record: Mapping[str, Any], place: str) -> list[str]:
    """The accepted options: by their identifiers, as far as the options name none, else by their texts."""
    accepted = record.get(ACCEPT, [])
    if isinstance(accepted, str | int):
        accepted = [accepted]
    if not isinstance(accepted, list) or not all(isinstance(one, str | int) for one in accepted):
        raise InputError(f"{place}, key {ACCEPT!r} is {str(accepted)[:40]!r}; it must be a list of options")
    options = record.get(OPTIONS) or []
    texts = {str(one["id"]): one.get("text") for one in options if isinstance(one, dict) and "id" in one}
    unknown = next((one for one in accepted if texts and str(one) not in texts), None)
    if unknown is not None:
        raise InputError(f"{place} accepts {str(unknown)[:40]!r}, which is none of its options")
    # numbers of options say nothing; their texts do
    return [texts.get(str(one)) or str(one) if str(one).isdecimal() else str(one) for one in accepted]


def _one(record: Mapping[str, Any], place: str) -> str:
    label = record.get(LABEL_KEY)
    if not isinstance(label, str):
        raise InputError(f"{place}, key {LABEL_KEY!r} is {str(label)[:40]!r}; it must be a text")
    return label


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    told = {key.decode(): int(value) for key, value in table.schema.metadata.items()}
    said = []
    if ignored := told.get("ignore", 0) + told.get("choice ignore", 0):
        said.append(f"{in_words(ignored, 'example')} ignored by the annotators: left out")
    if rejected := told.get("choice reject", 0):
        said.append(f"{in_words(rejected, 'rejected example')}: left out, as a rejection says nothing of its options")
    if rejected := told.get("reject", 0):
        said.append(f"{in_words(rejected, 'rejected label')}: not carried")
    columns = Answers(ITEM, ANSWERED, ANNOTATOR, (LABELS,), ())
    if "binary" not in told:
        known = known_answers(table, columns, options, said)
        return Known({**known.roles, ACCEPTED: IGNORED}, known.rows, known.said, known.questions)
    roles = {ITEM: NAME, LABELS: LABEL, ACCEPTED: CONFIDENCE, ANSWERED: "annotated", ANNOTATOR: IGNORED}
    return Known(roles, "item_label", tuple(said))


PRODIGY = RowsKind("prodigy", "Prodigy", _recognise, _table, _known)
