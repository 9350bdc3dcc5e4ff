"""Search among items: every word, in id, name, text or label; the fast way equals a loop."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.search import SearchIndex, search_index

NAMES = ("Car-side (solid)", "Car", "Straße", "a.b*c", "12")
LABELS = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [0, 0]], dtype=bool)
LABEL_NAMES = ("Media Playback", "Travel")
TEXTS = ("one red car", "", "Über alles", "x\ny", "seven")


def index(ids: tuple[int, ...] = (3, 7, 12, 20, 21), texts: tuple[str, ...] | None = TEXTS) -> SearchIndex:
    """Five items."""
    return search_index(np.array(ids), NAMES, LABEL_NAMES, lambda columns: LABELS[:, columns].any(1), texts)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("car", [0, 1]),
        ("CAR side", [0]),
        ("side car", [0]),
        ("car red", [0]),
        ("strasse", [2]),
        ("über", [2]),
        ("U\u0308BER", [2]),
        ("media", [0, 1]),
        ("playback travel", [1]),
        ("12", [2, 4]),
        ("a.b*", [3]),
        (".*", []),
        ("car)", []),
        ("x y", [3]),
        ("solidone", []),
        ("car nothing", []),
    ],
)
def test_by_hand(text: str, rows: list[int]) -> None:
    """All words, in any order; an id is meant whole; what stands in a regular expression means itself."""
    found = index().find(text)
    assert found is not None
    assert found.tolist() == rows


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_nothing_is_searched(text: str) -> None:
    """No word is no search, which is not the same as no hit."""
    assert index().find(text) is None


def test_the_best_hit_is_first() -> None:
    """The id before the name, the whole name before its beginning, then the order of the items; at most five."""
    assert index().first("12", np.array([2, 4])) == [2, 4]
    assert index().first("car", np.array([0, 1])) == [1, 0]
    assert index().first("CAR", np.arange(5), at_most=2) == [1, 0]


@given(st.lists(st.text("aAbé ß.", max_size=6), min_size=1, max_size=12), st.text("aAbéß.", min_size=1, max_size=3))
def test_equals_a_loop(names: list[str], word: str) -> None:
    """A word never fits across two items, and is found in each that holds it."""
    none = np.zeros(len(names), dtype=bool)
    made = search_index(np.arange(len(names)) + 1000, names, (), lambda columns: none)
    found = made.find(word)
    want = [row for row, name in enumerate(names) if re.search(re.escape(word.casefold()), name.casefold())]
    assert found is not None
    assert found.tolist() == want


def test_what_is_held_elsewhere() -> None:
    """A column of texts that are not copied is asked for the same folded word."""
    asked = []

    def more(word: str) -> np.ndarray:
        asked.append(word)
        return np.array([False, False, False, True, False])

    made = search_index(np.arange(5), NAMES, LABEL_NAMES, lambda columns: LABELS[:, columns].any(1), more=more)
    assert made.find("Zz").tolist() == [3]
    assert asked == ["zz"]
