"""Colour by how alike the labels of an item and of its nearest neighbours are."""

from dashboard.figures.classes import by_number
from dashboard.figures.colouring import Colouring, ColouringRecord, Shown

MEANING = "mean Jaccard similarity of its labels with those of its 15 nearest in the embedding"


def _paint(shown: Shown) -> Colouring | str:
    values = shown.number("purity")
    if isinstance(values, str):
        return values
    return by_number("purity", values, MEANING, missing="no neighbours", within=(0.0, 1.0))


PURITY = ColouringRecord("purity", "purity of the neighbours", f"The {MEANING}.", _paint)
