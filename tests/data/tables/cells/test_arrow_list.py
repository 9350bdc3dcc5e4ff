"""Lists and structs of Arrow, Parquet and JSON."""

import pyarrow as pa
import pytest

from mlcl_core.data.tables.cells import look_at_cells, read_cells
from mlcl_core.data.tables.cells.record import CellReading
from mlcl_core.errors import InputError
from tests.data.tables.cells.columns import PATH, column_of, looked, read_sets

WORDS = [["sea", "fog"], [], ["sun"], None, ["fog", None, "sea", "fog"], ["a;b"]]
SETS = [{"sea", "fog"}, set(), {"sun"}, set(), {"sea", "fog"}, {"a;b"}]
TEXT = pa.string()


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.list_(TEXT), pa.large_list(TEXT), pa.list_view(TEXT), pa.large_list_view(TEXT)),
        *(pa.list_(pa.large_string()), pa.list_(pa.string_view()), pa.list_(pa.binary())),
        pa.list_(pa.dictionary(pa.int32(), TEXT)),
    ],
)
def test_lists_of_texts(kind: pa.DataType) -> None:
    """Every type of list; null lists and null entries are no label, and names are as they are."""
    assert looked(pa.array(WORDS, kind)).cell == "arrow_list"
    assert read_sets(pa.array(WORDS, kind)) == SETS


def test_fixed_size_lists() -> None:
    """Also with null lists, whose entries exist in memory."""
    cells = pa.array([["sea", "fog"], None, ["sun", None]], pa.list_(TEXT, 2))
    assert read_sets(cells) == [{"sea", "fog"}, set(), {"sun"}]


def test_class_numbers() -> None:
    """Whole numbers are classes, by their names where these are known."""
    cells = [[4], [0, 2], None, [], [2]]
    assert read_sets(cells) == [{"4"}, {"0", "2"}, set(), set(), {"2"}]
    assert read_sets(cells, classes=list("abcde"))[1] == {"a", "c"}
    assert read_sets([[4.0], [0.0, 2.0]]) == [{"4"}, {"0", "2"}]
    with pytest.raises(InputError, match=r"row 1 is \[0, 2\]: '2' is no class; classes are numbers from 0 to 1"):
        looked([[1], [0, 2]], classes=["a", "b"])


def test_objects_with_a_name() -> None:
    """Structs with a name, choices in a struct, and structs of true and false."""
    assert read_sets([[{"id": 1, "name": "sea"}, {"id": 2, "name": "fog"}], [], None]) == [{"sea", "fog"}, set(), set()]
    assert read_sets([{"choices": ["sea", "fog"]}, {"choices": []}, None]) == [{"sea", "fog"}, set(), set()]
    assert read_sets([{"sea": True, "fog": False}, {"sea": True, "fog": True}]) == [{"sea"}, {"sea", "fog"}]
    assert read_sets([{"name": ["sea", "fog"]}, {"name": ["sun"]}]) == [{"sea", "fog"}, {"sun"}]
    pairs = pa.array([[("sea", True), ("fog", False)], []], pa.map_(TEXT, pa.bool_()))
    assert read_sets(pairs) == [{"sea"}, set()]


@pytest.mark.parametrize(
    "cells",
    [
        [[0.5, 1.25], [1.0, 2.0]],
        [[[0, 1], [1, 0]], [[1, 1]]],
        [{"bytes": b"\x89PNG", "path": "a.png"}],
        [[b"\xff\xfe"], [b"\xff"]],
    ],
)
def test_what_holds_no_labels(cells: list) -> None:
    """Embeddings, matrices, pictures and bytes."""
    assert look_at_cells(column_of(cells), "a") is None


def test_a_cell_that_is_no_label_is_refused() -> None:
    """A fraction in a later row is named with its row."""
    with pytest.raises(InputError, match=r"row 2 is \[0.5\]: 0.5 is no class number"):
        read_cells(column_of([[1.0], [2.0], [0.5]]), "labels", CellReading("arrow_list"), PATH)


def test_slices_of_larger_arrays() -> None:
    """Rows of an array that begins elsewhere in memory are those rows."""
    whole = pa.array(WORDS, pa.list_(TEXT))
    assert read_sets(whole.slice(2)) == SETS[2:]
