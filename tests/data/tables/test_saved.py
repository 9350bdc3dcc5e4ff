"""Answers saved beside a file: taken up, written whole, refused in one line where they are none."""

import json

import pytest

from mlcl_core.data import load_data
from mlcl_core.data.tables.saved import MAX_BYTES, answers_path, save_answers, saved_answers
from mlcl_core.errors import InputError


@pytest.fixture
def table(tmp_path):
    """A table that leaves open whether cells hold one label each."""
    path = tmp_path / "films.csv"
    cells = ("a b;c d", "a b", "c d;e f", "e f")
    path.write_text("text,topics\n" + "".join(f"one two three four {row},{cells[row % 4]}\n" for row in range(20)))
    return path


def test_saved_answers_are_taken_up_and_said(table):
    """The file is read by them; a parameter that is given holds before them."""
    place = save_answers(table, {"cell": "one"}, None)
    assert place == answers_path(table) == table.with_name("films.csv.schema.json")
    assert saved_answers(table) == {"cell": "one"}
    data = load_data(table)
    assert len(data.label_names) == 4
    assert data.said[0] == "read by the answers saved in films.csv.schema.json"
    assert len(load_data(table, cell="", separator=";").label_names) == 3


def test_a_full_disk_leaves_the_answers_of_before(table, monkeypatch):
    """The file appears whole or not at all, and nothing else stays."""
    save_answers(table, {"cell": "one"}, None)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", full)
        with pytest.raises(OSError, match="No space"):
            save_answers(table, {"separator": ";"}, None)
    assert saved_answers(table) == {"cell": "one"}
    assert sorted(path.name for path in table.parent.iterdir()) == ["films.csv", "films.csv.schema.json"]


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"version": 2, "options": {}}',
        b'{"version": 1, "options": []}',
        b'{"version": 1, "options": {"labels": ["a"]}}',
        b'{"version": 1, "options": {"labels": null}}',
        b"[" * 100_000,
        b" " * (MAX_BYTES + 1),
        json.dumps({"version": 1, "options": {"no such option": "x"}}).encode(),
        json.dumps({"version": 1, "options": {"unknown": "perhaps"}}).encode(),
    ],
)
def test_what_is_no_answers_is_one_line(table, contents):
    """Damaged, nested, huge and foreign files beside a table are refused; the line names them, or the option."""
    answers_path(table).write_bytes(contents)
    with pytest.raises(InputError) as refused:
        load_data(table)
    assert "\n" not in str(refused.value)
    assert "films.csv" in str(refused.value)
