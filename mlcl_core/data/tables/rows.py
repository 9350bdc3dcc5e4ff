"""What one row of a table is: an item, one label of an item, or one annotator's answer for an item."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.draft import Draft, first_called, plain_name
from mlcl_core.data.tables.facts import EMBEDDING, NUMBER, TEXT, WORD, ZERO_ONE, as_numbers, numbered
from mlcl_core.data.tables.items import IS_ID
from mlcl_core.data.tables.options import threshold_of
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.schema import ANNOTATED, ANNOTATOR, CONFIDENCE, IGNORED, LABEL, NAME, PICTURE
from mlcl_core.data.tables.schema import TEXT as TEXTS

CONFIDENCES = ("confidence", "score", "probability", "prob", "agreement")
ANNOTATORS = (
    *("annotator", "annotator_id", "annotatorid", "worker", "worker_id", "workerid", "rater", "rater_id", "coder"),
    *("completed_by", "username", "user", "user_id", "_annotator_id"),
)
# ids of answers, which are all different where several annotators answer for one item
IS_ANSWER = re.compile(r"(assignment|annotation|answer|response|judg|submission|rating)[a-z]*[_ ]?id$")
LOOKED_AT = ("annotation_id",)  # Label Studio's, empty where a task has no annotation
REPEATED = 0.2  # the share of rows whose text stands elsewhere with other labels, from which a table is long


def take_rows(draft: Draft) -> tuple[str, str]:
    """What a row is and, unless it is an item, the column whose equal cells are one item."""
    _take_looked_at(draft)
    told = draft.options.rows or draft.head.rows
    key = _key(draft, told)
    if told == "item" or key is None:
        if draft.options.rows == "item" and key in draft.of_role(NAME) and not draft.facts[str(key)].is_unique:
            # it names no single row, and keeps its rows in one split
            del draft.roles[str(key)]
        if told not in ("", "item"):
            raise draft.error(f"rows={told}: no column repeats the names of items; name it by names=...")
        return "item", ""
    annotator = first_called(draft.free, ANNOTATORS) if told != "item_label" else None
    kind = told or ("annotator" if annotator is not None else "item_label")
    if annotator is not None and annotator != key:
        draft.give([annotator], ANNOTATOR)
    _take_confidence(draft)
    if draft.roles.get(key) not in (TEXTS, PICTURE):
        draft.give(draft.of_role(NAME), IGNORED)
        draft.give([key], NAME)
    if not told:
        _ask(draft, kind, key)
    return kind, key


def _take_looked_at(draft: Draft) -> None:
    column = first_called(draft.columns, LOOKED_AT)
    if column is not None and draft.roles.get(column, NAME) in (NAME, IGNORED) and LOOKED_AT[0] not in _told(draft):
        draft.give([column], ANNOTATED)


def _told(draft: Draft) -> str:
    return f"{draft.options.names},{draft.options.labels},{draft.options.ignore}"


def _key(draft: Draft, told: str) -> str | None:
    """The column whose repeated cells are one item with several labels; None: each row is an item."""
    names = draft.of_role(NAME)
    if draft.options.names or NAME in draft.head.roles.values():
        return names[0] if names and (told or _repeats(draft, names[0])) else None
    # the answer to a question chooses what the question named
    return _found_key(draft, names) or (_told_key(draft, names) if told else None)


def _told_key(draft: Draft, names: list[str]) -> str | None:
    """The column that names the items, whether or not its cells repeat with other labels."""
    items = [name for role in (TEXTS, PICTURE) for name in draft.of_role(role)]
    ids = [name for name in names if not IS_ANSWER.match(plain_name(name))]
    texts = [name for name in items if pa.types.is_large_string(draft.facts[name].cells.type)]
    return next(iter((*ids, *texts)), None)


def _found_key(draft: Draft, names: list[str]) -> str | None:
    ids = [
        name
        for name in draft.columns
        if (name in names or (IS_ID.search(name) and draft.roles.get(name) in (None, NAME)))
        and draft.facts[name].kind in (NUMBER, WORD, TEXT)
        and plain_name(name) not in ANNOTATORS
        and not IS_ANSWER.match(plain_name(name))
    ]
    items = [name for role in (TEXTS, PICTURE) for name in draft.of_role(role)]
    # a column of unique ids, or items that are all different: each row is an item
    if any(draft.facts[name].different == 1 for name in [*ids, *items]):
        return None
    found = next((name for name in ids if draft.facts[name].count > 1 and _repeats(draft, name)), None)
    if found is not None:
        return found
    if items and pa.types.is_large_string(draft.facts[items[0]].cells.type):
        return items[0] if _share_repeated(draft, items[0]) >= REPEATED else None
    return None


def _repeats(draft: Draft, name: str) -> bool:
    return _share_repeated(draft, name) > 0


def _share_repeated(draft: Draft, name: str) -> float:
    """The share of rows whose cell of a column stands in other rows too, with other labels."""
    labels = draft.of_role(LABEL)
    cells = draft.facts[name].cells
    if not labels or pa.types.is_nested(cells.type):
        return 0.0
    # 0 where a cell is empty
    key = numbered(cells) + 1
    answers = np.zeros(len(key), np.int64)
    for label in labels:
        column = draft.facts[label].cells
        texts = column if not pa.types.is_nested(column.type) else _as_texts(column)
        answers = answers * 1_000_003 + numbered(texts) + 1
    pairs = np.unique(np.stack([key, answers], 1), axis=0)
    several = np.bincount(pairs[:, 0], minlength=key.max(initial=0) + 1) > 1
    return float(several[key][key > 0].mean()) if (key > 0).any() else 0.0


def _as_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([str(cell) for cell in column.to_pylist()], pa.large_string())])


def _take_confidence(draft: Draft) -> None:
    """Find the confidence of each label, where a row holds one label."""
    found = first_called(draft.kinds(NUMBER, ZERO_ONE), CONFIDENCES)
    if found is None:
        return
    numbers = as_numbers(draft.facts[found].cells, draft.head.decimal or ".")
    if numbers is None or np.isnan(numbers).any() or numbers.min() < 0 or numbers.max() > 1:
        return
    draft.give([found], CONFIDENCE)
    if np.isin(numbers, (0, 1)).all():
        draft.said.append(f"{found} 0 means verified absent: {int((numbers == 0).sum())} such rows give no label")
    elif threshold_of(draft.options.threshold) is None:
        choices = [
            Choice(f"{int((numbers >= least).sum())} of {len(numbers)} rows give a label", {"threshold": f"{least:g}"})
            for least in (0.5, float(numbers[numbers > 0].min()))
        ]
        draft.questions.append(Question(f"from which {found!r} on is a label carried?", tuple(choices), found))


def _ask(draft: Draft, kind: str, key: str) -> None:
    """Ask whether rows are joined, unless the table holds nothing but names and labels."""
    items = draft.of_role(TEXTS) or draft.of_role(PICTURE) or draft.kinds(NUMBER, EMBEDDING)
    cells = draft.facts[key].cells
    count, rows = pc.count_distinct(cells).as_py(), len(cells)
    if not items or draft.options.items:
        draft.said.append(f"rows with the same {key!r} are one item: {count:,} items in {rows:,} rows")
        return
    joined = {"rows": kind, "threshold": "0.5"} if kind == "annotator" else {"rows": kind}
    agreed = ", with the labels that half of the annotators give" if kind == "annotator" else ""
    choices = (
        Choice(f"{count:,} items, one for each {key!r}{agreed}", joined),
        Choice(f"{rows:,} items, one for each row", {"rows": "item"}),
    )
    text = f"{key!r} repeats with other labels ({rows:,} rows): what is one row?"
    draft.questions.append(Question(text, choices, key))
