"""Files as real programs write them are read right, or asked about, by reader and look alike."""

import json
from pathlib import Path

import pytest

from mlcl_core.cli import main
from mlcl_core.data import load_data
from mlcl_core.data.files import read_file
from mlcl_core.data.look import look
from mlcl_core.data.summary import statistics
from mlcl_core.data.tables.question import QuestionError
from tests.data.cases import HERE, RIGHT


@pytest.mark.parametrize("name", RIGHT)
def test_a_file_is_read_right(name):
    """Items, labels and their counts are those of the README of the cases, without a question."""
    items, counts, options = RIGHT[name]
    numbers = statistics(load_data(HERE / name, labels_only=True, **options))
    assert (numbers["items"], dict(sorted(numbers["label_counts"].items()))) == (items, dict(sorted(counts.items())))


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_previewed_is_what_is_read(name):
    """The look of a file has the schema by which the file is read, and says the same."""
    options = RIGHT[name][2]
    path = HERE / name
    seen, read = look(path, options), read_file(path, options)
    assert not seen.questions
    if read.schema is not None and seen.columns:
        assert [(one.name, one.role, one.cell, one.separator) for one in seen.columns] == [
            (one["name"], one["role"], one["cell"], one["separator"]) for one in read.schema["columns"]
        ]
        assert set(seen.said) <= set(read.said)


@pytest.mark.parametrize("name", ["text-one-label-blank.csv", "numbers-one-label-minus-one.csv"])
def test_an_unknown_cell_is_asked_about_and_no_label_column_vanishes(name):
    """One blank or -1 among columns of 0 and 1: the question names row and column; each answer keeps all labels."""
    with pytest.raises(QuestionError, match=r"row \d+, column 'sun'.*unknown=no.*unknown=drop_item"):
        load_data(HERE / name)
    for answer in ("no", "yes", "drop_item"):
        data = load_data(HERE / name, unknown=answer)
        assert sorted(data.label_names) == ["fog", "sea", "sun"]
    assert len(load_data(HERE / name, unknown="no")) == len(data) + len(data.left_out)
    assert data.left_out


def test_an_embedding_in_a_list_gives_its_numbers_as_features():
    """Eight numbers in a list column of Parquet are eight features."""
    assert load_data(HERE / "embedding-list.parquet").items.shape[1] == 8


def test_pictures_that_are_not_there_leave_labels_only(capsys):
    """An empty last column counts for nothing, "No Finding" is no label, and missing pictures are said."""
    assert main(["data", str(HERE / "chestxray14.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "labels_only"
    assert "No Finding" not in found["label_counts"]
    assert {"Cardiomegaly", "Emphysema", "Effusion"} <= set(found["label_counts"])
    assert any("No Finding" in sentence for sentence in found["said"])
    roles = {column["name"]: (column["role"], column["separator"]) for column in found["schema"]["columns"]}
    assert roles["Finding Labels"] == ("label", "|")
    assert roles["Unnamed: 11"] == ("ignored", "")


def test_an_item_never_looked_at_is_left_out_and_said():
    """An empty annotation_id is no item without labels."""
    data = load_data(HERE / "labelstudio.csv")
    assert [reason for _, reason in data.left_out] == ["never looked at: its annotation_id is empty"]
    assert any("left out" in sentence for sentence in data.said)


def test_a_table_of_labels_alone_is_described_and_not_trained_on(capsys):
    """Ids and labels without items: mlcl data describes them; loading for training names what is missing."""
    assert main(["data", str(HERE / "openimages.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "labels_only"
    with pytest.raises(Exception, match="labels only: no column holds items"):
        load_data(HERE / "openimages.csv")


def test_the_cases_lie_where_they_are_looked_for():
    """No case is forgotten."""
    assert {path.name for path in Path(HERE).iterdir() if path.suffix != ".py"} >= set(RIGHT)
