"""KEEL's files: labels by @outputs, ranges, unknown values, attributes of no role; and what is refused."""

import pytest

from mlcl_core.data.readers.arff import read_keel
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError

HEAD = """@relation weather
@attribute wind real [0.0, 12.5]
@attribute days integer[0,31]
@attribute sky {clear, grey}
@attribute station {a,b}
@attribute sea {0, 1}
@attribute sun {no, yes}
"""
ROLES = "@inputs wind, days, sky\n@outputs sea, sun\n@data\n"
ROWS = "1.5, 3, grey, a, 1, no\n0, 4, clear, b, 0, yes\n"


@pytest.fixture
def save(tmp_path):
    """Write a text; the path."""

    def write(text: str):
        path = tmp_path / "mine.dat"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_by_hand(save):
    """Ranges are read over; @outputs are labels; what is in neither list is left out, and said."""
    loaded = read_keel(save(HEAD + ROLES + ROWS))
    assert loaded.feature_names == ("wind", "days", "sky=clear", "sky=grey")
    assert loaded.x.tolist() == [[1.5, 3, 0, 1], [0, 4, 1, 0]]
    assert loaded.label_names == ("sea", "sun")
    assert loaded.y.toarray().tolist() == [[1, 0], [0, 1]]
    assert loaded.said == ("station in neither @inputs nor @outputs: left out",)


def test_one_output_and_no_inputs(save):
    """The words in the singular; without inputs, all that are no labels are features."""
    loaded = read_keel(save(HEAD + "@output sea\n@data\n" + ROWS), ignore="s[kt]*")
    assert loaded.feature_names == ("wind", "days", "sun=no", "sun=yes")
    assert loaded.label_names == ("sea",)


def test_unknown_labels(save):
    """<null> in a label is a question; in a feature it is refused with its row."""
    path = save(HEAD + ROLES + ROWS.replace("a, 1", "a, <null>"))
    with pytest.raises(QuestionError, match=r"1 of 4 labels are unknown \(the first: row 0, label sea\)"):
        read_keel(path)
    assert read_keel(path, unknown="yes").y.toarray().tolist() == [[1, 0], [0, 1]]
    with pytest.raises(InputError, match=r"row 0 \(line 11\) has no value of attribute 'wind'"):
        read_keel(save(HEAD + ROLES + ROWS.replace("1.5", "<null>")))


BAD = {
    "nothing": ("", "has no @data line"),
    "another .dat": ("1::Toy Story (1995)::Comedy\n", r"line 1 is '1::Toy .*; it must begin with @relation"),
    "no outputs": (HEAD + "@data\n" + ROWS, "no @outputs line tells the labels; give labels=COUNT or labels=NAMES"),
    "an unknown output": (HEAD + "@outputs moon\n@data\n", "'moon' stands in @inputs or @outputs, but no attribute"),
    "an open quote": (HEAD + "@outputs 'sea\n@data\n", "line 8 is .*; it must list attributes between commas"),
    "classes": (HEAD + "@outputs sky\n@data\n" + ROWS, "label 'sky' has the values 'clear, grey'"),
    "a short row": (HEAD + ROLES + "1,2\n", r"row 0 \(line 11\) has 2 values; it must have 6"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong file is refused in one line."""
    text, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        read_keel(save(text))
    assert "\n" not in str(caught.value)
    assert "mine.dat" in str(caught.value)


def test_labels_by_option(save):
    """The option comes before the file's own list."""
    assert read_keel(save(HEAD + ROLES + ROWS), labels="sun").label_names == ("sun",)
    with pytest.raises(InputError, match="sun in ignore, but also among the labels"):
        read_keel(save(HEAD + ROLES + ROWS), ignore="sun")
