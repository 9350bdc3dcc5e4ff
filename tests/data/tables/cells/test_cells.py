"""The cells of any column: forms that are given, spellings that are joined, and the registry."""

import pyarrow as pa
import pytest

from mlcl_core.data.tables.cells import CELLS, label_counts, look_at_cells, read_cells
from mlcl_core.data.tables.cells.matrix import MAX_LABELS
from mlcl_core.data.tables.cells.record import CellReading
from mlcl_core.errors import InputError
from tests.data.tables.cells.columns import PATH, column_of, looked, sets_of


def test_every_form_reads_a_blank_column() -> None:
    """No labels, and none of the forms fails; a vector has no length then, and blank cells of 0 and 1 are unknown."""
    blank = column_of([None, ""], pa.string())
    for name, form in CELLS.items():
        reading = CellReading(name, ";")
        if name in ("vector", "zero_one"):
            with pytest.raises(InputError):
                read_cells(blank, "a", reading, PATH)
        elif "text" in form.allows:
            y, names, said = read_cells(blank, "a", reading, PATH)
            assert (y.shape, names, said) == ((2, 0), (), ())


def test_two_spellings_are_joined_and_said() -> None:
    """A letter with an accent in one character or two, and blanks around a name in quotes."""
    cells = ["['caf\u00e9', ' sea']", "['cafe\u0301', 'sea']", "['fog ']"]
    y, names, said = read_cells(column_of(cells), "labels", CellReading("list"), PATH)
    assert names == ("caf\u00e9", "fog ", "sea")
    assert y.toarray().sum(0).tolist() == [2, 1, 2]
    assert said == (
        "column 'labels': spellings that differ only in blanks or Unicode form are one label: 'caf\u00e9', 'sea'",
    )
    assert said[0] in looked(cells).said


@pytest.mark.parametrize(
    ("cells", "options", "words"),
    [
        (["a"], {"cell": "csv"}, "there is no cell form 'csv'; column 'labels' holds string: cell may be zero_one, "),
        ([1.5, 2.0], {"cell": "list"}, "cell is 'list', but column 'labels' holds double; cell may be zero_one, one"),
        ([1.5, 2.0], {"cell": "one"}, "not cell=one, row 0 is 1.5: one label a cell is a word, or the whole number"),
        (
            [[1], [2]],
            {"separator": ";"},
            "cell is 'separated', but column 'labels' holds list<.*cell may be vector, arr",
        ),
        (["a", "b"], {"cell": "separated"}, "no separator stands in its cells; the option separator= names one"),
        (["a", "b"], {"cell": "vector"}, "is not cell=vector, row 0 is 'a': vectors of 0 and 1"),
        (["sea", "fog"], {"cell": "zero_one"}, "is not cell=zero_one, row 0 is 'sea': a label column holds 0 and 1"),
    ],
)
def test_forms_that_cannot_be_are_refused(cells: list, options: dict[str, str], words: str) -> None:
    """One line that names the column, the cell, and what is allowed."""
    with pytest.raises(InputError, match=words) as error:
        looked(cells, **options)
    assert "\n" not in str(error.value)


def test_a_form_that_is_given_is_not_asked_about() -> None:
    """Only the separator is open where the form alone is given."""
    cells = ["a;b", "c;d", "e"]
    assert looked(cells, cell="one").questions == ()
    assert looked(cells, separator=";").questions == ()
    assert sets_of(cells, looked(cells, cell="unquoted", separator=";"))[0] == {"a", "b"}
    assert sets_of(["sea", "[fog]"], looked(["sea", "[fog]"], cell="list")) == [{"sea"}, {"fog"}]


def test_labels_are_limited() -> None:
    """Identifiers taken for labels are refused, not held in a matrix as wide as long."""
    cells = pa.array([f"{row}" for row in range(MAX_LABELS + 1)])
    with pytest.raises(InputError, match=r"a.csv: column 'labels': holds 100,001 different labels, such as '0'"):
        read_cells(column_of(cells), "labels", CellReading("one"), PATH)


def test_columns_of_other_kinds_hold_no_labels() -> None:
    """Dates, durations and pictures are passed over."""
    for cells in (pa.array([0], pa.date32()), pa.array([0], pa.timestamp("s")), pa.array([b"\xff"])):
        assert look_at_cells(column_of(cells), "a") is None


def test_counts_of_a_reading_with_classes() -> None:
    """Classes that no cell holds are no labels."""
    cells = column_of([[0], [2], [2, 0]])
    assert label_counts(cells, "a", CellReading("arrow_list"), classes=["x", "y", "z"]) == {"x": 2, "z": 2}
