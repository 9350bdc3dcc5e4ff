"""Tables with a row for each annotator, as crowdsourcing programs and published sets have them."""

import csv

import pytest

from mlcl_core.data.readers import READERS
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.options import checked_options
from tests.data.readers.json_rows.reading import labels_of, saved

TEXTS = [f"the harbour was quiet before storm number {k}" for k in range(4)]
# the labels that three annotators give to each of four texts, and what two of three agree on
GIVEN = [
    [["sea"], ["sea", "sun"], ["sun"]],
    [["sun"], ["sun"], ["sun"]],
    [[], ["sea"], []],
    [["sea"], [], ["sea", "sun"]],
]
AGREED = [["sea", "sun"], ["sun"], [], ["sea"]]
ANY = [["sea", "sun"], ["sun"], ["sea"], ["sea", "sun"]]
ANSWERS = [(k, rater, labels) for k, one in enumerate(GIVEN) for rater, labels in enumerate(one)]


def emotions():
    """A row for each rater, with columns of 0 and 1: the form of GoEmotions."""
    for k, rater, labels in ANSWERS:
        yield {
            "text": TEXTS[k],
            "id": f"e{k}",
            "author": f"by {k % 2}",
            "subreddit": "pics",
            "link_id": f"t3_{k}",
            "created_utc": 1546300800 + k,
            "rater_id": rater,
            **{label: int(label in labels) for label in ("sea", "sun")},
        }


def toloka():
    """A row for each assignment: the form of Toloka, which writes where a column comes from before its name."""
    for number, (k, rater, labels) in enumerate(ANSWERS):
        yield {
            "INPUT:text": TEXTS[k],
            "OUTPUT:labels": str(labels),
            "GOLDEN:labels": "",
            "ASSIGNMENT:task_id": f"task {k}",
            "ASSIGNMENT:assignment_id": f"answer {number}",
            "ASSIGNMENT:worker_id": f"worker {rater}",
            "ASSIGNMENT:status": "APPROVED",
        }


def turk():
    """A row for each assignment, with columns of true and false: the form of Mechanical Turk."""
    for number, (k, rater, labels) in enumerate(ANSWERS):
        yield {
            "HITTypeId": "3AB",
            "Title": "Label texts",
            "HITId": f"H{k}",
            "AssignmentId": f"A{number}",
            "WorkerId": f"W{rater}",
            "WorkTimeInSeconds": 30 + number,
            "Input.text": TEXTS[k],
            **{f"Answer.{label}": str(label in labels).lower() for label in ("sea", "sun")},
        }


def studio():
    """A row for each annotation: Label Studio's CSV."""
    for number, (k, rater, labels) in enumerate(ANSWERS):
        written = str({"choices": labels}).replace("'", '"') if len(labels) != 1 else labels[0]
        yield {"annotation_id": 100 + number, "annotator": rater, "id": k, "text": TEXTS[k], "topic": written}


FORMS = {
    "emotions": (emotions, "id"),
    "toloka": (toloka, "ASSIGNMENT:task_id"),
    "turk": (turk, "HITId"),
    "studio": (studio, "id"),
}


def read(path, **options):
    """A file as ``mlcl data`` reads it, without a process."""
    reader = READERS["csv" if path.suffix == ".csv" else "json"]
    return reader.read(path, **checked_options("the file", reader.params, options))


@pytest.fixture(params=[".csv", ".jsonl"])
def save(request, tmp_path):
    """Write rows in one of the formats; the path."""

    def write(rows):
        rows = list(rows)
        if request.param == ".jsonl":
            return saved(tmp_path, rows, "mine.jsonl")
        with (tmp_path / "mine.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / "mine.csv"

    return write


def plain(loaded):
    """The labels of each item, without what a program writes before their names."""
    return [[name.rpartition(".")[2] for name in labels] for labels in labels_of(loaded)]


@pytest.mark.parametrize("form", FORMS)
def test_an_item_of_several_annotators(save, form):
    """What a row is is asked; the answers join the rows of the item that the question names, and keep its name."""
    rows, key = FORMS[form]
    path = save(rows())
    with pytest.raises(QuestionError, match=rf"'{key}' repeats with other labels \(12 rows\)") as asked:
        read(path)
    first = asked.value.questions[0].choices[0]
    assert first.options == {"rows": "annotator", "threshold": "0.5"}
    loaded = read(path, **first.options)
    assert (plain(loaded), list(loaded.x)) == (AGREED, TEXTS)
    assert [column["name"] for column in loaded.schema["columns"] if column["role"] == "name"] == [key]
    assert plain(read(path, rows="item_label")) == ANY
    alone = read(path, rows="item")
    assert (len(alone.x), alone.groups.tolist()) == (12, [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3)
    assert plain(read(path, rows="annotator", threshold="1")) == [[], ["sun"], [], []]


def test_a_unique_id_beside_an_annotator_is_the_item(save):
    """A row for each item, each with one annotator: nothing repeats, and nothing is asked."""
    rows = [row | {"id": f"i{k}"} for k, row in enumerate(emotions())]
    assert len(read(save(rows)).x) == 12
