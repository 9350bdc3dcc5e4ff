"""Search among items by id, name, text and label."""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

FIRST_HITS = 5


@dataclass(frozen=True)
class SearchIndex:
    """What is searched in, made once for a list of items by :func:`search_index`.

    Attributes:
        ids: Of the items, [n].
        names: Of the items, folded.
        words: Names and texts of all items, folded, one after the other.
        starts: Where each item's begin in ``words``, and the end.
        label_names: Folded.
        with_labels: Which items have one of the labels of these columns, [n].
        more: Which items hold a folded word in what is not in ``words``, [n]; None: nothing is elsewhere.
    """

    ids: np.ndarray
    names: tuple[str, ...]
    words: str
    starts: list[int]
    label_names: tuple[str, ...]
    with_labels: Callable[[list[int]], np.ndarray]
    more: Callable[[str], np.ndarray] | None = None

    def find(self, text: str) -> np.ndarray | None:
        """Rows of the items that fit every word of ``text``, ascending; None where there is no word.

        An item fits a word that is its id, or part of its name, of its text, or of the name of one of its labels. Case
        does not matter, and no character has a special meaning.
        """
        words = folded(text).split()
        if not words:
            return None
        fits = np.ones(len(self.ids), dtype=bool)
        for word in dict.fromkeys(words):
            fits &= self._fits(word)
        return np.flatnonzero(fits)

    def first(self, text: str, rows: np.ndarray, at_most: int = FIRST_HITS) -> list[int]:
        """The best of the hits ``rows``: the id, the whole name, the beginning of a name, then in their order."""
        whole = " ".join(folded(text).split())

        def place(row: int) -> tuple[int, int]:
            name = self.names[row]
            is_id = whole.isascii() and whole.isdecimal() and str(self.ids[row]) == whole
            return (0 if is_id else 1 if name == whole else 2 if name.startswith(whole) else 3), row

        return sorted(rows.tolist(), key=place)[:at_most]

    def _fits(self, word: str) -> np.ndarray:
        fits = self._holding(word)
        if self.more is not None:
            fits |= self.more(word)
        if word.isascii() and word.isdecimal() and len(word) <= 15:
            fits |= self.ids == int(word)
        columns = [column for column, name in enumerate(self.label_names) if word in name]
        return fits | self.with_labels(columns) if columns else fits

    def _holding(self, word: str) -> np.ndarray:
        found = np.zeros(len(self.ids), dtype=bool)
        at = self.words.find(word)
        while at >= 0:
            row = bisect_right(self.starts, at) - 1
            found[row] = True
            at = self.words.find(word, self.starts[row + 1])
        return found


def search_index(
    ids: np.ndarray,
    names: Sequence[str],
    label_names: Sequence[str],
    with_labels: Callable[[list[int]], np.ndarray],
    texts: Sequence[str] | None = None,
    more: Callable[[str], np.ndarray] | None = None,
) -> SearchIndex:
    """The index of a list of items; see :class:`SearchIndex`."""
    own = tuple(folded(name) for name in names)
    parts = own if texts is None else [f"{name}\n{folded(text)}" for name, text in zip(own, texts, strict=True)]
    ends = np.cumsum([0, *(len(part) + 1 for part in parts)])
    labels = tuple(folded(name) for name in label_names)
    return SearchIndex(ids, own, "\n".join(parts), ends.tolist(), labels, with_labels, more)


def folded(text: str) -> str:
    """A text as it is compared: without case, letters with accents in one form."""
    return unicodedata.normalize("NFC", text).casefold()
