"""Trying other labels on an item ("what if"): the label matrix with rows replaced, and the labels to choose from."""

from collections.abc import Sequence

import numpy as np

Edits = tuple[tuple[int, tuple[int, ...]], ...]  # (row of an item, columns of its new labels), by row
CHIPS = 12  # labels offered as chips; the others are searched
MAX_NAME_LENGTH = 32  # characters of a label on a chip
TAIL = 8  # characters kept of its end, where labels of one family differ
NAMED = 4  # labels of a set that are written out


def edited(labels: np.ndarray, edits: Edits) -> np.ndarray:
    """The label matrix with the edited rows replaced; without edits the matrix itself."""
    if not edits:
        return labels
    changed = np.array(labels, dtype=bool)
    for row, columns in edits:
        changed[row] = False
        changed[row, list(columns)] = True
    return changed


def offered(labels: np.ndarray, chips: int = CHIPS) -> tuple[list[int], list[int]]:
    """Columns of the labels by their number of items, most frequent first: the chips, and all others."""
    order = np.argsort(-np.asarray(labels).sum(0), kind="stable").tolist()
    # a few more chips are better than a search
    return (order, []) if len(order) <= chips + 4 else (order[:chips], order[chips:])


def short(name: str, longest: int = MAX_NAME_LENGTH) -> str:
    """The name in one line; a long name is cut in the middle."""
    line = " ".join(name.split())
    return line if len(line) <= longest else f"{line[: longest - 1 - TAIL].rstrip()}…{line[-TAIL:]}"


def short_names(names: Sequence[str], longest: int = MAX_NAME_LENGTH) -> list[str]:
    """All names shortened, and numbered where two of them became equal."""
    found: list[str] = []
    seen: set[str] = set()
    for name in names:
        word, number = short(name, longest), 1
        while (candidate := word if number == 1 else f"{word} ({number})") in seen:
            number += 1
        seen.add(candidate)
        found.append(candidate)
    return found


def short_set(names: Sequence[str], named: int = NAMED, longest: int = MAX_NAME_LENGTH) -> str:
    """A set of labels in one line, however many and long: "{sky, sea, 298 more}"."""
    if not names:
        return "{ } (no labels)"
    words = [short(name, longest) for name in names[:named]]
    more = len(names) - len(words)
    return "{" + ", ".join([*words, *([f"{more} more"] if more else [])]) + "}"
