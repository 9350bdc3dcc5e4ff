"""Columns that are one label each, with unknown cells among them."""

from dataclasses import astuple

import numpy as np
import pyarrow as pa
import pytest

from mlcl_core.data.tables.cells import read_cells, read_zero_one, zero_one_columns, zero_one_facts
from mlcl_core.data.tables.cells.record import CellReading
from mlcl_core.errors import InputError
from tests.data.tables.cells.columns import PATH, column_of, looked, read_sets

NAN = float("nan")
# cells, and (kind, yes, no, unknown, first unknown row, first unknown cell, fractions, cells of -1)
FACTS = {
    "numbers": ([0, 1, 1], ("0/1", 2, 1, 0, -1, "", 0, 0)),
    "floats": ([0.0, 1.0, 1.0], ("0/1", 2, 1, 0, -1, "", 0, 0)),
    "texts": (["0", "1.0", " 1 "], ("0/1", 2, 1, 0, -1, "", 0, 0)),
    "booleans": ([False, True, True], ("0/1", 2, 1, 0, -1, "", 0, 0)),
    "null": ([False, None, True], ("0/1", 1, 1, 1, 1, "empty", 0, 0)),
    "NaN": ([0.0, 1.0, NAN], ("0/1", 1, 1, 1, 2, "nan", 0, 0)),
    "true and false": (["TRUE", "false", "True"], ("true/false", 2, 1, 0, -1, "", 0, 0)),
    "yes and no": (["Yes", "no", "?"], ("yes/no", 1, 1, 1, 2, "'?'", 0, 0)),
    "y and n": (["Y", "n", "y"], ("y/n", 2, 1, 0, -1, "", 0, 0)),
    "t and f": (["t", "f", "NA"], ("t/f", 1, 1, 1, 2, "'NA'", 0, 0)),
    "crosses": (["x", "", None, "X"], ("x or blank", 2, 2, 0, -1, "", 0, 0)),
    "signs": ([-1, 1, -1], ("-1/1", 1, 2, 0, -1, "", 0, 2)),
    "signs in texts": (["-1", "1", "1.0"], ("-1/1", 2, 1, 0, -1, "", 0, 1)),
    "-1 beside 0": ([-1, 1, 0, -1], ("0/1", 1, 1, 2, 0, "-1", 0, 2)),
    "CheXpert": ([-1.0, 1.0, NAN, NAN], ("0/1", 1, 0, 3, 0, "-1.0", 0, 1)),
    "1 and blank": (["1", "", "1"], ("0/1", 2, 0, 1, 1, "empty", 0, 0)),
    "a fraction": (["0", "1", "0.5", "1"], ("0/1", 2, 1, 1, 2, "'0.5'", 1, 0)),
    "unknown words": (["0", "NA", "nan", "NULL", "1", "n/a"], ("0/1", 1, 1, 4, 1, "'NA'", 0, 0)),
}
NONE = {
    "blank": [None, "", " "],
    "classes": [0, 1, 2],
    "measurements": [0.25, 0.5, 1.0, 0.0, 0.75],
    "words": ["yes", "no", "maybe"],
    "letters of one side": ["f", "f", ""],
    "words and numbers": ["true", "1", "0"],
    "underscores": ["0", "1_0"],
    "infinity": [0.0, float("inf")],
    "lists": [[0], [1]],
    "dates": ["2020-01-01"],
}


@pytest.mark.parametrize("name", FACTS)
def test_facts(name: str) -> None:
    """The kind of each column, its cells of each meaning, and the first that is unknown."""
    cells, right = FACTS[name]
    facts = zero_one_facts(column_of(cells))
    assert facts is not None
    assert astuple(facts) == right
    assert facts.yes + facts.no + facts.unknown == len(cells)
    assert looked(cells).cell == "zero_one"


@pytest.mark.parametrize("name", NONE)
def test_other_columns(name: str) -> None:
    """Columns of anything else are no labels of 0 and 1."""
    assert zero_one_facts(column_of(NONE[name])) is None


def test_minus_one_means_the_same_in_all_columns() -> None:
    """Beside a column with 0, -1 is unknown in every column; where none has 0, it is no in every column."""
    signs, chexpert, ones = column_of([-1, 1, -1]), column_of([0, -1, 1]), column_of([1, 1, 1])
    rare = column_of([-1, -1, -1])
    assert [one and one.kind for one in zero_one_columns([signs, ones, rare])] == ["-1/1", "0/1", "-1/1"]
    assert [one and (one.kind, one.unknown) for one in zero_one_columns([signs, chexpert])] == [("0/1", 2), ("0/1", 1)]
    assert read_zero_one([signs, rare], ["a", "b"], PATH).y.toarray().tolist() == [
        [False] * 2,
        [True, False],
        [False] * 2,
    ]
    with pytest.raises(InputError, match=r"label at row 0, column 'a' is -1; unknown=no\|yes\|drop_item"):
        read_zero_one([signs, chexpert], ["a", "b"], PATH)


@pytest.mark.parametrize(
    ("unknown", "right", "kept"),
    [
        ("no", [[1, 0], [0, 1], [0, 0], [0, 0]], [True] * 4),
        ("yes", [[1, 0], [0, 1], [1, 0], [0, 1]], [True] * 4),
        ("drop_item", [[1, 0], [0, 1], [0, 0], [0, 0]], [True, True, False, False]),
    ],
)
def test_unknown_cells_count_as_is_chosen(unknown: str, right: list, kept: list[bool]) -> None:
    """No, yes, or the item is left out."""
    columns = [column_of(["1", "0", "", "0"]), column_of([0.0, 1.0, 0.0, NAN])]
    found = read_zero_one(columns, ["a", "b"], PATH, unknown=unknown)
    assert found.y.toarray().astype(int).tolist() == right
    assert found.kept.tolist() == kept


def test_unknown_cells_are_refused_unless_chosen() -> None:
    """The first unknown cell is named by row and column, with what chooses its meaning; no column vanishes."""
    columns = [column_of([1, 0, 1]), column_of(["1", "0", "?"])]
    with pytest.raises(InputError, match=r"^a.csv: label at row 2, column 'b' is '\?'; unknown=no\|yes\|drop_item"):
        read_zero_one(columns, ["a", "b"], PATH)
    with pytest.raises(InputError, match="unknown is 'ignore'; it must be no, yes or drop_item"):
        read_zero_one(columns, ["a", "b"], PATH, unknown="ignore")


@pytest.mark.parametrize(
    ("cells", "shown"), [([0, 1, 2], "2"), (["yes", "no", "maybe"], "'maybe'"), ([[0], [1], [2]], "")]
)
def test_other_cells_are_refused(cells: list, shown: str) -> None:
    """Whatever unknown counts as, a cell that is no label is none."""
    with pytest.raises(InputError, match=f"column 'a' is {shown}.*a label column holds 0 and 1"):
        read_zero_one([column_of(cells)], ["a"], PATH, unknown="no")


def test_fractions_by_threshold() -> None:
    """From the threshold on, a label is carried; blank cells stay unknown, and so does -1 beside probabilities."""
    scores = column_of([0.2, 0.5, 1.0, NAN, -1.0])
    assert read_zero_one([scores], ["a"], PATH, threshold=0.5, unknown="no").y.toarray().T.tolist() == [
        [False, True, True, False, False]
    ]
    assert (
        read_zero_one([scores], ["a"], PATH, threshold=0.5, unknown="drop_item").kept.tolist()
        == [True] * 3 + [False] * 2
    )
    ratings = column_of(["-1", "3", "5", "4"])
    assert read_zero_one([ratings], ["a"], PATH, threshold=4.0).y.toarray().T.tolist() == [[False, False, True, True]]


def test_one_column_by_its_form() -> None:
    """The label is named as the column; an unknown cell is refused."""
    assert read_sets([0, 1, 1]) == [set(), {"labels"}, {"labels"}]
    with pytest.raises(InputError, match="column 'labels', row 1 is empty: unknown="):
        read_cells(column_of([0, None, 1]), "labels", CellReading("zero_one"), PATH)


def test_two_classes_with_names_are_classes() -> None:
    """0 and 1 are two labels where the file names both."""
    for cells in ([0, 1, None], ["0", "1", ""]):
        assert read_sets(cells, classes=["sea", "fog"]) == [{"sea"}, {"fog"}, set()]


def test_many_columns_are_those_of_numpy() -> None:
    """Two hundred columns of several types equal the matrix they were made of."""
    right = np.random.default_rng(0).random((60, 200)) < 0.1
    kinds = [pa.bool_(), pa.int8(), pa.float32(), pa.uint64(), pa.string()]
    columns = [column_of(pa.array(column.astype(int)).cast(kinds[place % 5])) for place, column in enumerate(right.T)]
    found = read_zero_one(columns, [str(place) for place in range(200)], PATH)
    assert found.y.dtype == bool
    assert (found.y.toarray() == right).all()
