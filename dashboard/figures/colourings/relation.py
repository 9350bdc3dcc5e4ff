"""Colour by relation to the anchor, size by weight."""

import numpy as np

from dashboard.figures.colouring import Colouring, ColouringRecord, Shown
from dashboard.figures.colours import RELATIONS
from dashboard.figures.pairs import AnchorPairs


def by_relation(pairs: AnchorPairs) -> Colouring:
    """Colour by relation to the anchor, size by weight (the largest weight is the largest mark)."""
    largest = float(pairs.weight.max(initial=0.0))
    size = np.zeros(len(pairs.weight)) if largest <= 0 else 255 * np.clip(pairs.weight / largest, 0, 1)
    marks = tuple(mark.seen_mark(pairs.role) for mark in RELATIONS)
    return Colouring("relation", marks, pairs.relation.astype(np.uint8), size.astype(np.uint8))


def _paint(shown: Shown) -> Colouring | str:
    return "no pairs with the anchor" if shown.pairs is None else by_relation(shown.pairs)


RELATION = ColouringRecord(
    "relation",
    "relation to the anchor",
    "How the labels of an item compare with the anchor's; the size is the weight of the pair.",
    _paint,
)
