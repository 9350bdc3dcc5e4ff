"""Colours of the points of two compared clouds: the fate of the anchor's neighbours, and how many an item kept."""

import numpy as np
from jaxtyping import Bool, Float

from dashboard.figures.colouring import MIDDLE_SIZE, Colouring
from dashboard.figures.colours import DISJOINT, EQUAL, OVERLAP, REPEL, SUBSET, SUPERSET, Mark
from mlcl_core.metrics import NeighbourChanges

FATES = (
    Mark(3, "kept", EQUAL, "circle", "near the anchor in A and in B"),
    Mark(2, "gained", SUPERSET, "up", "near the anchor in B alone"),
    Mark(1, "lost", REPEL, "down", "near the anchor in A alone"),
    Mark(0, "others", DISJOINT, "dot", "among the nearest in neither"),
)
SELECTED = Mark(4, "selected", OVERLAP, "diamond", "selected, and among the nearest in neither")
QUARTERS = (
    Mark(4, "above 3/4", EQUAL, "circle", "more than three quarters of its neighbours are the same"),
    Mark(3, "above 1/2", SUBSET, "up", "more than half of its neighbours are the same"),
    Mark(2, "above 1/4", OVERLAP, "diamond", "more than a quarter of its neighbours are the same"),
    Mark(1, "to 1/4", REPEL, "down", "a quarter of its neighbours at most are the same"),
    Mark(0, "none in either", DISJOINT, "dot", "it has no neighbours in either space"),
)
CODES = {mark.name: mark.code for mark in FATES}
LARGE, SMALL = 180, 20  # of 255


def by_fate(
    changes: NeighbourChanges | None, rows: np.ndarray, items: int, selected: Bool[np.ndarray, " m"] | None = None
) -> Colouring:
    """Colour by whether an item was kept, gained or lost as a neighbour of the anchor.

    Args:
        changes: Of the anchor; rows among the common items. None: without an anchor in both.
        rows: Row of each common item in this cloud.
        items: Points of the cloud.
        selected: Which of them are selected: the others are drawn grey, as those that are no neighbours. None: no
            selection.
    """
    code, size = np.zeros(items, np.uint8), np.full(items, SMALL, np.uint8)
    if selected is not None:
        code[selected], size[selected] = SELECTED.code, MIDDLE_SIZE
    if changes is not None:
        at = rows[changes.other]
        code[at] = [CODES[fate] for fate in changes.fate]
        size[at] = LARGE
    marks = FATES if selected is None else (*FATES[:-1], SELECTED, FATES[-1])
    return Colouring("fate", marks, code, size)


def by_overlap(overlap: Float[np.ndarray, " n"], rows: np.ndarray, items: int) -> Colouring:
    """Colour by the share of neighbours that are the same, in quarters; items that one run alone watches: grey."""
    code = np.zeros(items, np.uint8)
    quarters = np.clip(np.ceil(np.nan_to_num(overlap) * 4 - 1e-9), 1, 4)
    code[rows] = np.where(np.isnan(overlap), 0, quarters).astype(np.uint8)
    return Colouring("overlap", QUARTERS, code, np.full(items, MIDDLE_SIZE, np.uint8))
