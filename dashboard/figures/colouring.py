"""The colours and sizes of the points of a cloud, and their legend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.figures.colours import COUNT_MARKS, LABEL_MARKS, RELATIONS, SPLIT_MARKS, Mark
from dashboard.figures.pairs import AnchorPairs

SPLIT_CODES = {"train": 0, "validation": 1, "test": 2}
MIDDLE_SIZE = 40  # of 255


@dataclass(frozen=True)
class Colouring:
    """A code and a size (0 to 255) for each point, and the meaning of the codes."""

    mode: str
    marks: tuple[Mark, ...]
    code: np.ndarray
    size: np.ndarray

    def counts(self) -> dict[int, int]:
        """The number of points of each code."""
        return {mark.code: int((self.code == mark.code).sum()) for mark in self.marks}


def by_relation(pairs: AnchorPairs) -> Colouring:
    """Colour by relation to the anchor, size by weight (the largest weight is the largest mark)."""
    largest = float(pairs.weight.max(initial=0.0))
    size = np.zeros(len(pairs.weight)) if largest <= 0 else 255 * np.clip(pairs.weight / largest, 0, 1)
    marks = tuple(mark.seen_mark(pairs.role) for mark in RELATIONS)
    return Colouring("relation", marks, pairs.relation.astype(np.uint8), size.astype(np.uint8))


def by_label(labels: np.ndarray, label: int, name: str) -> Colouring:
    """Colour by whether an item has one label."""
    marks = tuple(Mark(m.code, f"{m.name}: {name}", m.colour, m.shape, m.meaning) for m in LABEL_MARKS)
    return Colouring(f"label {label}", marks, labels[:, label].astype(np.uint8), _middle(len(labels)))


def by_label_count(labels: np.ndarray) -> Colouring:
    """Colour by the number of labels, four and more together."""
    return Colouring("count", COUNT_MARKS, np.minimum(labels.sum(1), 4).astype(np.uint8), _middle(len(labels)))


def by_split(split: Sequence[str]) -> Colouring:
    """Colour by train, validation or test."""
    code = np.array([SPLIT_CODES.get(str(name), 0) for name in split], dtype=np.uint8)
    return Colouring("split", SPLIT_MARKS, code, _middle(len(code)))


def _middle(n: int) -> np.ndarray:
    return np.full(n, MIDDLE_SIZE, dtype=np.uint8)
