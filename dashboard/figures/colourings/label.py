"""Colour by whether an item has one label."""

import numpy as np

from dashboard.figures.colouring import Colouring, ColouringRecord, Shown, middle_sizes
from dashboard.figures.colours import LABEL_MARKS, Mark
from mlcl_core.runs.records import WatchedItems


def by_label(labels: np.ndarray, label: int, name: str) -> Colouring:
    """Colour by whether an item has one label."""
    marks = tuple(Mark(m.code, f"{m.name}: {name}", m.colour, m.shape, m.meaning) for m in LABEL_MARKS)
    return Colouring(f"label {label}", marks, labels[:, label].astype(np.uint8), middle_sizes(len(labels)))


def most_frequent(watched: WatchedItems) -> tuple[list[str], int]:
    """The names of the labels, and the place of the most frequent one; the first of equally frequent ones."""
    return list(watched.label_names), int(watched.labels.sum(0).argmax()) if watched.labels.size else 0


def _paint(shown: Shown) -> Colouring | str:
    names, frequent = most_frequent(shown.watched)
    if not names:
        return "there are no labels"
    label = names.index(shown.choice) if shown.choice in names else frequent
    return by_label(shown.watched.labels, label, names[label])


LABEL = ColouringRecord("label", "one label", "Which items have the label.", _paint, most_frequent)
