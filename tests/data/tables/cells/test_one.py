"""One label a cell: words, and the numbers of classes."""

import pyarrow as pa
import pytest

from mlcl_core.data.tables.cells import label_counts, look_at_cells
from tests.data.tables.cells.columns import column_of, looked, read_sets


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([3, 5, None, 3]),
        pa.array([3.0, 5.0, None, 3.0]),
        pa.array([3.0, 5.0, float("nan"), 3.0]),
        pa.array(["3", "5", "", "3"]),
        pa.array(["3.0", "5.0", None, "3.0"]),
        pa.array([3, 5, None, 3], pa.uint8()),
    ],
)
def test_class_numbers_are_whole(cells: pa.Array) -> None:
    """3 and 3.0, typed or as text, are the label 3; with classes, their names."""
    assert read_sets(cells) == [{"3"}, {"5"}, set(), {"3"}]
    assert read_sets(cells, classes=list("abcdef")) == [{"d"}, {"f"}, set(), {"d"}]


@pytest.mark.parametrize("cells", [[0.5, 1.5, 2.0], ["0.5", "1.5", "2.0"], ["1e-3", "2", "3.25"], [float("inf"), 2.0]])
def test_fractions_are_no_classes(cells: list) -> None:
    """A column of measurements holds no labels."""
    assert look_at_cells(column_of(cells), "a") is None


def test_words() -> None:
    """The whole cell is the label, without blanks around it."""
    assert read_sets([" sea", "fog", None, "sea", ""]) == [{"sea"}, {"fog"}, set(), {"sea"}, set()]


def test_hundreds_of_labels_at_one_an_item_are_asked() -> None:
    """Names of items are not taken for labels without a question; forty classes of four are."""
    (question,) = looked([f"place{row}" for row in range(300)]).questions
    assert question.line().startswith("column 'labels' holds 300 different labels at one an item, 300 of them once")
    assert looked([f"place{row}" for row in range(300)]).strength == 0
    assert looked([f"place{row % 40}" for row in range(160)]).questions == ()
    assert looked([f"place{row}" for row in range(300)], cell="one").questions == ()


def test_strength_orders_candidates() -> None:
    """Few labels that repeat are stronger than many, words stronger than numbers, a constant is weak."""
    words = looked([f"w{row % 4}" for row in range(100)]).strength
    assert words > looked([f"w{row % 60}" for row in range(100)]).strength
    assert words > looked([2 + row % 4 for row in range(100)]).strength
    assert looked(["all"] * 100).strength < 0.1


def test_blank_columns_hold_no_labels() -> None:
    """Nothing is said of a column without any cell."""
    assert look_at_cells(column_of([None, None], pa.string()), "a") is None
    assert look_at_cells(column_of([None, None], pa.null()), "a") is None
    assert look_at_cells(pa.chunked_array([], pa.string()), "a") is None


def test_counts_are_by_label() -> None:
    """Rows of each label, in the order of the names."""
    cells = ["sea", "fog", "sea", ""]
    assert label_counts(column_of(cells), "a", looked(cells)) == {"fog": 1, "sea": 2}
