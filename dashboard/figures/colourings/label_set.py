"""Colour by the whole label set."""

import numpy as np

from dashboard.figures.classes import by_class
from dashboard.figures.colouring import Colouring, ColouringRecord, Shown
from dashboard.figures.formatting import label_set


def by_label_set(labels: np.ndarray, names: tuple[str, ...]) -> Colouring:
    """Colour by the label set of an item: the most frequent ones, and all others."""
    sets, place = np.unique(labels, axis=0, return_inverse=True) if len(labels) else (labels, np.zeros(0, int))
    words = [label_set([names[label] for label in np.flatnonzero(line)]) for line in sets]
    return by_class("label set", [words[at] for at in place.reshape(-1)], "items with exactly these labels")


def _paint(shown: Shown) -> Colouring:
    return by_label_set(shown.watched.labels, shown.watched.label_names)


LABEL_SET = ColouringRecord("set", "label set", "Items with the same label set have the same mark.", _paint)
