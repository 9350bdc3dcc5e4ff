"""Colour by the number of labels."""

import numpy as np

from dashboard.figures.colouring import Colouring, ColouringRecord, Shown, middle_sizes
from dashboard.figures.colours import COUNT_MARKS


def by_label_count(labels: np.ndarray) -> Colouring:
    """Colour by the number of labels, four and more together."""
    return Colouring("count", COUNT_MARKS, np.minimum(labels.sum(1), 4).astype(np.uint8), middle_sizes(len(labels)))


def _paint(shown: Shown) -> Colouring:
    return by_label_count(shown.watched.labels)


CARDINALITY = ColouringRecord("count", "number of labels", "How many labels an item has.", _paint)
