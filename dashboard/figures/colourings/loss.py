"""Colour by the loss of each item as anchor."""

from dashboard.figures.classes import by_number
from dashboard.figures.colouring import Colouring, ColouringRecord, Shown

MEANING = "loss of the item as anchor, the watched items taken as one batch"


def _paint(shown: Shown) -> Colouring | str:
    values = shown.number("loss")
    return values if isinstance(values, str) else by_number("loss", values, MEANING, missing="not a number")


LOSS = ColouringRecord("loss", "loss of the item", f"The {MEANING}.", _paint)
