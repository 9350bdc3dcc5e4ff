"""FiftyOne's samples.json and labels.json: one label or several, boxes, nulls of two meanings, splits in tags."""

import pytest
from PIL import Image

from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from tests.data.readers.json_rows.reading import labels_of, read, saved

SETS = [["fog", "sea"], ["sun"], ["fog"], [], ["sea"], ["sun"]]


def one(label):
    """A label as FiftyOne writes it."""
    return {"_id": {"$oid": "1"}, "_cls": "Classification", "tags": [], "label": label, "confidence": 0.5}


def several(labels, kind="Classifications"):
    """A field of several labels."""
    return {"_cls": kind, kind.lower(): [one(label) | {"bounding_box": [0, 0, 1, 1]} for label in labels]}


def sample(number, **fields):
    """A sample."""
    return {
        "filepath": f"data/{number}.png",
        "tags": [],
        "_media_type": "image",
        "_rand": 0.5,
        "metadata": None,
    } | fields


@pytest.fixture
def save(tmp_path):
    """Write a document, and pictures beside it; the path."""
    (tmp_path / "data").mkdir()
    for number in range(6):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"data/{number}.png")

    def write(document, name="samples.json"):
        return saved(tmp_path, document, name)

    return write


@pytest.mark.parametrize("kind", ["Classifications", "Detections"])
def test_reads_samples(save, kind):
    """Pictures and the labels of each, those of its boxes each once."""
    rows = [sample(k, ground_truth=several([*labels, *labels], kind)) for k, labels in enumerate(SETS)]
    loaded = read(save({"samples": rows}))
    assert labels_of(loaded) == SETS
    assert [loaded.x[k].size for k in range(6)] == [(8, 8)] * 6


def test_a_null_is_asked_about(save):
    """A null field is an item without labels, or one that was never looked at; an empty list is the first."""
    rows = [sample(k, ground_truth=several(labels)) for k, labels in enumerate(SETS[:5])]
    path = save({"samples": [*rows, sample(5, ground_truth=None)]})
    with pytest.raises(QuestionError, match=r"'ground_truth' is null in 1 of 6 items.*=none.*=drop"):
        read(path)
    assert labels_of(read(path, unlabelled="none")) == [*SETS[:5], []]
    dropped = read(path, unlabelled="drop")
    assert (labels_of(dropped), [row for row, _ in dropped.left_out]) == (SETS[:5], [5])


def test_one_label_a_sample(save):
    """A single label in a field."""
    rows = [sample(k, weather=one("sun" if k % 2 else "fog")) for k in range(6)]
    assert labels_of(read(save({"samples": rows}))) == [["fog"], ["sun"]] * 3


def test_several_fields_are_asked_about(save):
    """Truth and predictions are different fields; the option labels chooses."""
    rows = [sample(k, ground_truth=several(one_), guess=several(["sun"])) for k, one_ in enumerate(SETS)]
    path = save({"samples": rows})
    with pytest.raises(QuestionError, match="which field holds the labels, 'ground_truth', 'guess'"):
        read(path)
    assert labels_of(read(path, labels="ground_truth")) == SETS
    assert labels_of(read(path, labels="guess")) == [["sun"]] * 6


def test_splits_in_tags(save):
    """Tags that name a split of each sample are the splits, which is said."""
    rows = [
        sample(k, truth=several(labels), tags=["test" if k > 3 else "train", "night"]) for k, labels in enumerate(SETS)
    ]
    loaded = read(save({"samples": rows}))
    assert loaded.split.tolist() == ["train"] * 4 + ["test"] * 2
    assert "tags name the split of each sample" in loaded.said
    assert labels_of(loaded) == SETS


def test_tags_alone_are_labels(save):
    """Samples without a field of labels have their tags."""
    assert labels_of(read(save({"samples": [sample(k, tags=labels) for k, labels in enumerate(SETS)]}))) == SETS


@pytest.mark.parametrize("write", [lambda label: label, lambda label: {"label": label, "bounding_box": [0, 0, 1, 1]}])
@pytest.mark.parametrize("numbered", [False, True])
def test_reads_labels_json(save, write, numbered):
    """Labels by the names of pictures; they may be numbers of classes."""
    classes = ["fog", "sea", "sun"]
    targets = {}
    for k, labels in enumerate(SETS):
        targets[str(k)] = [write(classes.index(label) if numbered else label) for label in labels]
    loaded = read(save({"classes": classes if numbered else None, "labels": targets}, "labels.json"))
    assert labels_of(loaded) == SETS
    assert [loaded.x[k].size for k in range(6)] == [(8, 8)] * 6


def test_nulls_in_labels_json(save):
    """As in samples.json."""
    path = save({"classes": None, "labels": {str(k): [label] for k, label in enumerate("abc")} | {"3": None}})
    with pytest.raises(QuestionError, match="'labels' is null in 1 of 4 items"):
        read(path)
    assert labels_of(read(path, unlabelled="drop")) == [["a"], ["b"], ["c"]]


BROKEN = {
    "another field": (
        {"samples": [*(sample(k, truth=several(["a"])) for k in range(3)), sample(3, truth=5)]},
        "sample 3, field 'truth' is '5'",
    ),
    "no text": ({"samples": [sample(0, truth=several([5]))]}, "sample 0, field 'truth' has a label that is no text"),
    "a class too far": ({"classes": ["a"], "labels": {"0": [1]}}, "item '0' has class 1; the file names 1, from 0"),
    "no label": ({"classes": None, "labels": {"0": [[1]]}}, r"item '0' has the label '\[1\]'"),
    "no classes": ({"classes": 5, "labels": {"0": [1]}}, "key 'classes' must be null or a list"),
    "no items": ({"classes": None, "labels": {}}, "key 'labels' holds no item"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_other_forms_are_refused(save, broken):
    """The sample and the field are named."""
    document, message = broken
    with pytest.raises(InputError, match=message):
        read(save(document))
