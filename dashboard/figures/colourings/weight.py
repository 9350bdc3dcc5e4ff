"""Colour by the weight of the pair with the anchor."""

import numpy as np

from dashboard.figures.classes import by_number
from dashboard.figures.colouring import Colouring, ColouringRecord, Shown
from dashboard.figures.pairs import AnchorPairs

MEANING = "weight of the pair with the anchor, under the rule of the run"


def by_weight(pairs: AnchorPairs) -> Colouring:
    """Colour by the weight that the loss gives to the pair of the anchor with an item."""
    weight = pairs.weight.astype(float)
    largest = float(weight.max(initial=0.0))
    shown = np.where(weight > 0, weight, np.nan)
    return by_number("weight", shown, MEANING, missing="no weight", within=(0.0, largest) if largest > 0 else None)


def _paint(shown: Shown) -> Colouring | str:
    return "no pairs with the anchor" if shown.pairs is None else by_weight(shown.pairs)


WEIGHT = ColouringRecord("weight", "weight with the anchor", f"The {MEANING}.", _paint)
