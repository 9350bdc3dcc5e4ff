"""Names of classes in a file beside the table."""

import json

import pytest

from mlcl_core.data.readers import READERS
from mlcl_core.errors import InputError

NAMES = ["sea", "sun", "fog, thick"]
CELLS = ["[0, 2]", "[1]", "[]", "[0]"]
TABLE = "text,labels\n" + "".join(
    f'The harbour was quiet before storm {row} came,"{CELLS[row % 4]}"\n' for row in range(12)
)
WRITTEN = {
    "lines": ("classes.txt", "\n".join(NAMES) + "\n"),
    "a list": ("classes.json", json.dumps(NAMES)),
    "names by number": ("id2label.json", json.dumps({str(place): name for place, name in enumerate(NAMES)})),
    "numbers by name": ("label2id.json", json.dumps({name: place for place, name in enumerate(NAMES)})),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_names_stand_for_numbers(tmp_path, form):
    """One a line, a list, or an object in either direction: labels are called by these names."""
    (tmp_path / "mine.csv").write_text(TABLE)
    name, text = WRITTEN[form]
    (tmp_path / name).write_text(text)
    loaded = READERS["csv"].read(tmp_path / "mine.csv", label_names=name)
    assert loaded.label_names == ("fog, thick", "sea", "sun")
    assert loaded.y.toarray()[:4].astype(int).tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0], [0, 1, 0]]


BAD = {
    "gone": (None, "is missing: there is no such file"),
    "too few": ("sea\nsun\n", "'2' is no class; classes are numbers from 0 to 1"),
    "empty": ("\n", "is empty; it must name the classes"),
    "a hole": ('{"0": "sea", "2": "sun"}', "has no names for 0, 1, 2"),
    "broken": ('["sea", ', "is no sound JSON"),
    "twice": ("sea\nsea\nsun\n", "names 'sea' twice"),
    "no names": ("[1, 2, 3]", "holds what is no name"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(tmp_path, case):
    """A file that names no classes, or too few, is one line that says what is right."""
    (tmp_path / "mine.csv").write_text(TABLE)
    text, message = BAD[case]
    if text is not None:
        (tmp_path / "classes.txt").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        READERS["csv"].read(tmp_path / "mine.csv", label_names="classes.txt")
    assert "\n" not in str(caught.value)


def test_files_outside_are_not_opened(tmp_path):
    """Only a file in the folder of the table is read."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mine.csv").write_text(TABLE)
    (tmp_path / "classes.txt").write_text("a\nb\nc\n")
    with pytest.raises(InputError, match=r"leads out of its folder by '\.\.'"):
        READERS["csv"].read(tmp_path / "in" / "mine.csv", label_names="../classes.txt")
