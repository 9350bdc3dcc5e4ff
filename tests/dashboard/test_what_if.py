"""Other labels for some items, and how labels are offered and named."""

import numpy as np

from dashboard.figures.what_if import CHIPS, MAX_NAME_LENGTH, edited, offered, short_names, short_set


def test_edits_replace_rows_and_stack() -> None:
    """Each edited row has exactly the chosen labels; the others, and the original, stay."""
    labels = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
    changed = edited(labels, ((0, (1, 2)), (2, ())))
    assert changed.tolist() == [[False, True, True], [False, True, True], [False, False, False]]
    assert labels[0].tolist() == [True, False, False]
    assert edited(labels, ()) is labels


def test_frequent_labels_are_chips_and_the_rest_is_searched() -> None:
    """Few labels: all are chips, the most frequent first; many: the given number."""
    labels = np.array([[0, 1, 1], [0, 1, 0]], dtype=bool)
    assert offered(labels) == ([1, 2, 0], [])
    many = np.tril(np.ones((300, 300), dtype=bool))
    chips, rest = offered(many)
    assert chips == list(range(CHIPS))
    assert sorted(chips + rest) == list(range(300))


def test_names_are_short_and_differ() -> None:
    """Labels of 200 characters with the same beginning stay distinct; line breaks are removed."""
    found = short_names(["x" * 200, "x" * 199 + "y", "x" * 198, "sky\nblue", "sky blue", "sea"])
    assert len(set(found)) == 6
    assert all(len(name) <= MAX_NAME_LENGTH + 4 for name in found)
    assert found[1].endswith("…xxxxxxxy")
    assert found[2] == f"{found[0]} (2)"
    assert found[3:] == ["sky blue", "sky blue (2)", "sea"]


def test_sets_are_one_line() -> None:
    """Of any number of labels: the first few, and the number of others."""
    assert short_set([]) == "{ } (no labels)"
    assert short_set(["a", "b"]) == "{a, b}"
    assert short_set([f"l{i}" for i in range(300)]) == "{l0, l1, l2, l3, 296 more}"
    assert len(short_set(["x" * 200] * 9)) < 4 * MAX_NAME_LENGTH + 30
