"""doccano's JSON lines: labels of whole texts, and of spans."""

import pytest

from mlcl_core.errors import InputError
from tests.data.readers.json_rows.reading import TEXT, labels_of, read, saved

SETS = [["Fog", "Sea"], ["Sun"], [], ["Fog"]]


def entry(number, labels, key="label"):
    """A line of doccano."""
    return {"id": number, "text": f"{TEXT} {number}", key: labels, "Comments": []}


def span(label):
    """A span as a list."""
    return [0, 5, label]


def entity(label):
    """A span as an object, as doccano writes them beside relations."""
    return {"id": 7, "label": label, "start_offset": 0, "end_offset": 5}


def of_spacy(label):
    """A span as spaCy and Prodigy write it."""
    return {"start": 0, "end": 5, "label": label}


@pytest.mark.parametrize("key", ["label", "labels"])
def test_labels_of_texts(tmp_path, key):
    """Labels of whole texts are lists of words."""
    path = saved(tmp_path, [entry(k, labels, key) for k, labels in enumerate(SETS)], "mine.jsonl")
    loaded = read(path)
    assert labels_of(loaded) == SETS
    assert list(loaded.x) == [f"{TEXT} {k}" for k in range(4)]


@pytest.mark.parametrize(
    ("key", "write"), [("label", span), ("labels", span), ("entities", entity), ("spans", of_spacy)]
)
def test_labels_of_spans(tmp_path, key, write):
    """An item has the labels of its spans, each once, which is said."""
    rows = [entry(k, [write(one) for label in labels for one in (label, label)], key) for k, labels in enumerate(SETS)]
    for name in ("mine.jsonl", "mine.json"):
        loaded = read(saved(tmp_path, rows, name))
        assert labels_of(loaded) == SETS
        assert f"key {key!r} holds spans; the labels of an item are those of its spans" in loaded.said


@pytest.mark.parametrize("wrong", [[[0, 5]], [[0, 5, 7]], "Fog", [["a", "b", "Fog"]], [span("Fog"), 3]])
def test_other_spans_are_refused(tmp_path, wrong):
    """The row and the key are named."""
    rows = [*(entry(k, [span(label) for label in labels]) for k, labels in enumerate(SETS)), entry(4, wrong)]
    # recognised by the others
    rows = [*rows[:4] * 30, rows[4]]
    with pytest.raises(InputError, match=r"key 'label' is .* at row 120; it must be a list of \[start, end, label\]"):
        read(saved(tmp_path, rows, "mine.jsonl"))
