"""The colours and sizes of the points of a cloud, and their legend; the record of one way to colour."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dashboard.figures.colours import Mark
from dashboard.figures.pairs import AnchorPairs
from mlcl_core.runs.records import WatchedItems

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


@dataclass(frozen=True)
class Shown:
    """What there is to colour by.

    Attributes:
        watched: The items, one point each.
        pairs: The anchor's pairs with each of them; None where there are none.
        choice: What was chosen beside the colouring, such as the name of a label; empty without such a choice.
        number: A number of each item by its name (``loss``, ``purity``), from the engine; a text: why there is none.
    """

    watched: WatchedItems
    pairs: AnchorPairs | None
    choice: str
    number: Callable[[str], np.ndarray | str]


@dataclass(frozen=True)
class ColouringRecord:
    """One way to colour.

    Attributes:
        name: In links and settings.
        title: In the list of colourings.
        hint: One sentence on what the colours mean.
        paint: The colouring of what is shown; a text: why there is none.
        choices: What is chosen beside it, and the place of the first choice; None: nothing.
    """

    name: str
    title: str
    hint: str
    paint: Callable[[Shown], Colouring | str]
    choices: Callable[[WatchedItems], tuple[list[str], int]] | None = None


def middle_sizes(n: int) -> np.ndarray:
    """Points of equal size."""
    return np.full(n, MIDDLE_SIZE, dtype=np.uint8)
