"""What if an item had other labels: the label matrix with some rows replaced, and the names to choose from."""

from collections.abc import Sequence

import numpy as np

Edits = tuple[tuple[int, tuple[int, ...]], ...]  # row of an item, columns of the labels it is to have; by row
CHIPS = 12  # labels offered at a click; the rest is searched
MAX_NAME_LENGTH = 32  # characters of a label on a chip
TAIL = 8  # of these, what is kept of its end: labels of one family differ there
NAMED = 4  # labels of a set that are spelt out


def edited(labels: np.ndarray, edits: Edits) -> np.ndarray:
    """The label matrix with the edited rows in place of theirs; without edits the matrix itself."""
    if not edits:
        return labels
    changed = np.array(labels, dtype=bool)
    for row, columns in edits:
        changed[row] = False
        changed[row, list(columns)] = True
    return changed


def offered(labels: np.ndarray, chips: int = CHIPS) -> tuple[list[int], list[int]]:
    """Columns of the labels by how many items carry them, the most frequent first: the chips, and all others."""
    order = np.argsort(-np.asarray(labels).sum(0), kind="stable").tolist()
    # two or three more are no reason for a search
    return (order, []) if len(order) <= chips + 4 else (order[:chips], order[chips:])


def short(name: str, longest: int = MAX_NAME_LENGTH) -> str:
    """The name in one line; of a long one the beginning and the end."""
    line = " ".join(name.split())
    return line if len(line) <= longest else f"{line[: longest - 1 - TAIL].rstrip()}…{line[-TAIL:]}"


def short_names(names: Sequence[str], longest: int = MAX_NAME_LENGTH) -> list[str]:
    """Every name shortened, no two alike: namesakes are numbered."""
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
