"""Colour by train, validation or test."""

from collections.abc import Sequence

import numpy as np

from dashboard.figures.colouring import Colouring, ColouringRecord, Shown, middle_sizes
from dashboard.figures.colours import SPLIT_MARKS

SPLIT_CODES = {"train": 0, "validation": 1, "test": 2}


def by_split(split: Sequence[str]) -> Colouring:
    """Colour by train, validation or test."""
    code = np.array([SPLIT_CODES.get(str(name), 0) for name in split], dtype=np.uint8)
    return Colouring("split", SPLIT_MARKS, code, middle_sizes(len(code)))


def _paint(shown: Shown) -> Colouring:
    return by_split(list(shown.watched.split))


SPLIT = ColouringRecord("split", "split", "Whether an item is trained on, tunes the probe, or is kept out.", _paint)
