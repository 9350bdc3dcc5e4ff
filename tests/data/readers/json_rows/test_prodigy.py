"""Prodigy's JSON lines: accepted options, one label at a time, ignored and rejected examples."""

import pytest

from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from tests.data.readers.json_rows.reading import TEXT, labels_of, read, saved

SETS = [["fog", "sea"], ["sun"], [], ["fog"]]
OPTIONS = [{"id": label, "text": label.title()} for label in ("fog", "sea", "sun")]


def choice(number, labels, answer="accept", **more):
    """An example with options."""
    return {
        "text": f"{TEXT} {number}",
        "options": OPTIONS,
        "_input_hash": 500 + number,
        "_task_hash": 900 + number,
        "_view_id": "choice",
        "accept": labels,
        "answer": answer,
        "_session_id": None,
        "_annotator_id": None,
    } | more


def binary(number, label, answer):
    """An example of one label."""
    return {"text": f"{TEXT} {number}", "_input_hash": 500 + number, "label": label, "answer": answer}


def test_choices(tmp_path):
    """Accepted options are the labels; ignored and rejected examples are left out, and said."""
    rows = [choice(k, labels) for k, labels in enumerate(SETS)]
    rows += [choice(4, ["sun"], "ignore"), choice(5, [], "reject")]
    loaded = read(saved(tmp_path, rows, "mine.jsonl"))
    assert labels_of(loaded) == SETS
    assert [row for row, _ in loaded.left_out] == [4, 5]
    assert "1 example ignored by the annotators: left out" in loaded.said
    assert any("1 rejected example" in text for text in loaded.said)


def test_options_called_by_number(tmp_path):
    """Where identifiers are numbers, the texts of the options are the labels."""
    options = [{"id": k, "text": label} for k, label in enumerate(("fog", "sea", "sun"))]
    numbers = {"fog": 0, "sea": 1, "sun": 2}
    rows = [choice(k, [numbers[label] for label in labels], options=options) for k, labels in enumerate(SETS)]
    assert labels_of(read(saved(tmp_path, rows, "mine.jsonl"))) == SETS


def test_one_label_at_a_time(tmp_path):
    """A row for each item and label: accepted ones are carried, rejected ones are not, ignored ones say nothing."""
    rows = [binary(k, label, "accept") for k, labels in enumerate(SETS) for label in labels]
    rows += [binary(k, "moon", "reject") for k in range(4)] + [binary(9, "sea", "ignore")]
    loaded = read(saved(tmp_path, rows, "mine.jsonl"))
    assert dict(zip(loaded.item_names, labels_of(loaded), strict=True)) == {
        str(500 + k): labels for k, labels in enumerate(SETS)
    }
    assert len(loaded.x) == 4


def test_several_annotators_are_asked_about(tmp_path):
    """An example that two annotators answered is one item, after a question."""
    rows = [choice(k, labels, _annotator_id="a") for k, labels in enumerate(SETS)]
    path = saved(tmp_path, [*rows, choice(1, ["sea", "sun"], _annotator_id="b")], "mine.jsonl")
    with pytest.raises(QuestionError, match="1 of 4 items have several annotations"):
        read(path)
    assert labels_of(read(path, rows="annotator", threshold="1")) == SETS
    assert labels_of(read(path, rows="item_label")) == [SETS[0], ["sea", "sun"], *SETS[2:]]


BROKEN = {
    "another answer": (choice(4, [], "maybe"), "row 100, key 'answer' is 'maybe'"),
    "no option": (choice(4, ["moon"]), "row 100 accepts 'moon', which is none of its options"),
    "no list": (choice(4, {"a": 1}), "row 100, key 'accept' is"),
    "both": (binary(4, "sun", "accept"), "mixes 100 rows with options and 1 row of one label"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_other_forms_are_refused(tmp_path, broken):
    """The row and the key are named."""
    row, message = broken
    rows = [*(choice(k, labels) for k, labels in enumerate(SETS * 25)), row]
    with pytest.raises(InputError, match=message):
        read(saved(tmp_path, rows, "mine.jsonl"))
