"""Vectors of 0 and 1 in one cell."""

import pyarrow as pa
import pytest

from mlcl_core.data.tables.cells import look_at_cells, read_cells
from mlcl_core.data.tables.cells.record import CellReading
from mlcl_core.errors import InputError
from tests.data.tables.cells.columns import PATH, column_of, looked, read_sets, sets_of

RIGHT = [{"1", "2"}, {"0"}, set(), {"0", "1", "2"}]
WRITTEN = {
    "Python": ["[0, 1, 1]", "[1, 0, 0]", "[0, 0, 0]", "[1, 1, 1]"],
    "tuple": ["(0, 1, 1)", "(1, 0, 0)", "(0, 0, 0)", "(1, 1, 1)"],
    "numpy": ["[0 1 1]", "[1 0 0]", "[0 0 0]", "[1 1 1]"],
    "numpy floats": ["[0. 1. 1.]", "[1. 0. 0.]", "[0. 0. 0.]", "[1. 1. 1.]"],
    "floats": ["[0.0, 1.0, 1.0]", "[1.0, 0.0, 0.0]", "[0.0, 0.0, 0.0]", "[1.0, 1.0, 1.0]"],
    "true and false": ["[False, True, True]", "[True, False, False]", "[False, False, False]", "[True, True, True]"],
    "JSON": ["[false,true,true]", "[true,false,false]", "[false,false,false]", "[true,true,true]"],
    "Postgres": ["{0,1,1}", "{1,0,0}", "{0,0,0}", "{1,1,1}"],
    "digits": ["011", "100", "000", "111"],
    "blanks": ["0 1 1", "1 0 0", "0 0 0", "1 1 1"],
    "commas": ["0,1,1", "1,0,0", "0,0,0", "1,1,1"],
    "semicolons": ["0;1;1", "1;0;0", "0;0;0", "1;1;1"],
}


@pytest.mark.parametrize("name", WRITTEN)
def test_vectors_in_texts(name: str) -> None:
    """Every way of writing is read alike, also beside blank cells; labels are places, or the names of the classes."""
    assert looked(WRITTEN[name]).cell == "vector"
    assert read_sets([*WRITTEN[name], ""]) == [*RIGHT, set()]
    assert read_sets(WRITTEN[name], classes=["sea", "fog", "sun"])[0] == {"fog", "sun"}


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.int64()),
        pa.large_list(pa.int8()),
        pa.list_(pa.float32(), 3),
        pa.list_(pa.bool_()),
        pa.list_view(pa.int64()),
    ],
)
def test_vectors_in_arrow(kind: pa.DataType) -> None:
    """Lists of numbers and booleans, fixed in size or not; null has no label."""
    cells = pa.array([[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1], None], pa.list_(pa.int64()))
    typed = pa.array(
        [
            None if cell is None else [kind.value_type.to_pandas_dtype()(bit) for bit in cell]
            for cell in cells.to_pylist()
        ],
        kind,
    )
    assert looked(typed).cell == "vector"
    assert read_sets(typed) == [*RIGHT, set()]


@pytest.mark.parametrize(
    ("cells", "other"),
    [
        (["[0, 1]", "[1, 0]", "[1, 1]"], {"cell": "list"}),
        ([[0, 1], [1, 0], [1, 1]], {"cell": "arrow_list"}),
        (["0 1", "1 0", "1 1"], {"cell": "separated", "separator": " "}),
        (["[1]", "[0]", "[1]"], {"cell": "list"}),
    ],
)
def test_two_places_are_asked(cells: list, other: dict[str, str]) -> None:
    """``[0, 1]`` throughout is a vector of two labels, or a set of the classes 0 and 1: both can be chosen."""
    (question,) = looked(cells).questions
    assert [choice.options for choice in question.choices] == [{"cell": "vector"}, other]
    as_sets = sets_of(cells, looked(cells, **other))
    as_vector = sets_of(cells, looked(cells, cell="vector"))
    assert as_sets != as_vector
    assert as_sets[0] <= {"0", "1"}


def test_what_is_no_vector() -> None:
    """Sets of 0 and 1 of several lengths, digits of several lengths or of two, and embeddings."""
    assert looked(["[0]", "[1]", "[0, 1]", "[]"]).cell == "list"
    assert looked(["011", "10", "1"]).cell == "one"
    assert looked(["10", "11", "10"]).cell == "one"
    assert look_at_cells(column_of([[0.5, 1.0, 0.0], [1.0, 0.0, 0.0]]), "a") is None


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        (["[0, 1, 1]", "[0, 1]", "[0, 0, 0]"], 1),
        (["011", "000", "012"], 2),
        ([[0, 1, 1], [0, 1, 2], [0, 1, 0]], 1),
        ([[0, 1, 1], [0, 1, 1], [0, 1]], 2),
        ([[0, 1, 1], None, [0, None, 1]], 2),
    ],
)
def test_a_cell_of_another_length_is_refused(cells: list, row: int) -> None:
    """The error names its row."""
    with pytest.raises(InputError, match=f"a.csv: column 'labels', row {row} is .*: vectors of 0 and 1 have 3 places"):
        read_cells(column_of(cells), "labels", CellReading("vector"), PATH)


def test_classes_of_another_number_are_refused() -> None:
    """Three places need three names."""
    with pytest.raises(InputError, match="holds vectors of 3 places for 2 classes"):
        looked(["011", "100", "111"], classes=["a", "b"])
