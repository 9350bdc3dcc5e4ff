"""What changed between two data sets, in words: each kind of change by hand, and laws over drawn ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.data import Fingerprint, data_changes, form_changes
from mlcl_core.data.changes import matched_rows

NAMES = ("sea", "fog", "sun")


def known(items: list[int], labels: list[int] | None = None, split: str = "") -> Fingerprint:
    """A fingerprint with these hashes; splits by letters, r train, v validation, e test."""
    n = len(items)
    splits = np.array(["rve".index(letter) for letter in split or "r" * n], np.uint8)
    hashes = np.array(items, np.uint64), np.array(labels or [7] * n, np.uint64)
    return Fingerprint("features", (n, 4), NAMES, *hashes, splits, "")


BEFORE = known([1, 2, 3, 4, 5, 6], [1, 1, 2, 2, 3, 3], "rrrvee")


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (BEFORE, []),
        (replace(BEFORE, item_names="others"), []),
        (replace(BEFORE, label_names=("sea", "sun")), ["label 'fog' is gone"]),
        (
            replace(BEFORE, label_names=("mist", "sun", "sky")),
            ["labels 'sea', 'fog' are gone", "labels 'mist', 'sky' are new"],
        ),
        (replace(BEFORE, label_names=("fog", "sea", "sun")), ["the labels stand in another order"]),
        (replace(BEFORE, shape=(6, 5)), ["an item is 5 numbers, and was 4 numbers"]),
        (replace(BEFORE, kind="text", shape=(6,)), ["the items are text, and were features"]),
        (known([1, 2, 4, 5, 6], [1, 1, 2, 3, 3], "rrvee"), ["1 row fewer"]),
        (known([1, 2, 9, 4, 5, 6], BEFORE.labels.tolist(), "rrrvee"), ["items: 1 row has other values"]),
        (known([8, 9, 1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 2, 2, 3, 3], "rrrrrvee"), ["2 rows more"]),
        (
            known([2, 1, 3, 4, 5, 6], BEFORE.labels.tolist(), "rrrvee"),
            ["row order: 2 of 6 rows stand elsewhere"],
        ),
        (known([1, 2, 3, 4, 5, 6], [1, 1, 2, 2, 3, 8], "rrrvee"), ["labels: 1 row has other labels"]),
        (
            known([1, 2, 3, 4, 5, 6], [3, 1, 2, 2, 3, 1], "rrrvee"),
            ["labels: 2 rows have other labels (the same label sets, moved from row to row)"],
        ),
        (
            known([1, 2, 3, 4, 5, 6], BEFORE.labels.tolist(), "erevrv"),
            ["2 of 2 test items had been trained on", "splits: 4 rows are in another one"],
        ),
        (
            known([9, 2, 1, 4, 5], [1, 1, 1, 2, 3], "rrrve"),
            ["1 row fewer", "items: 1 row has other values", "row order: 2 of 4 rows stand elsewhere"],
        ),
    ],
)
def test_in_words(after: Fingerprint, words: list[str]) -> None:
    """Each kind of change is named with its number, the gravest first; names of items are no change."""
    assert list(data_changes(BEFORE, after)) == words


def test_long_and_many_names_are_cut() -> None:
    """Five labels are named, a name is cut at 60 characters, and the rest is counted."""
    (gone,) = form_changes(replace(BEFORE, label_names=(*NAMES, "x" * 70, *"abcdef")), BEFORE)
    assert gone == f"labels '{'x' * 60}…', 'a', 'b', 'c', 'd' and 2 more are gone"


ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=20)


@given(ROWS, st.randoms(use_true_random=False))
def test_moved_rows_are_found_whatever_their_copies(rows: list[tuple[int, int]], chance: object) -> None:
    """Rows in another order: each is matched with an equal one, each once; only the order is said to have changed."""
    moved = list(rows)
    chance.shuffle(moved)  # type: ignore[attr-defined]
    before, after = (known(*map(list, zip(*some, strict=True))) for some in (rows, moved))
    matched = matched_rows(before, after)
    assert sorted(matched.tolist()) == list(range(len(rows)))
    assert [rows[row] for row in matched] == moved
    said = data_changes(before, after)
    assert (said == ()) == (rows == moved)
    assert all(one.startswith("row order: ") for one in said)


@given(ROWS, ROWS)
def test_any_difference_is_said(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    """No sentence only where all rows are equal in their order."""
    before, after = (known(*map(list, zip(*some, strict=True))) for some in (first, second))
    assert (data_changes(before, after) == ()) == (first == second)
