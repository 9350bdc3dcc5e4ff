"""Classes of points for the legend: steps of a number, and the most frequent ones of many names."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dashboard.figures.colouring import Colouring, middle_sizes
from dashboard.figures.colours import CLASSES, DISJOINT, STEPS, Mark
from dashboard.figures.formatting import shortened

NICE = (1.0, 1.25, 2.0, 2.5, 5.0, 10.0, 12.5)
TAIL = 1.0  # percent of the values on each side that share the outermost steps
MAX_NAME = 40  # characters of a name in the legend
OTHER = len(CLASSES)
NOTHING = len(STEPS)


def by_number(
    mode: str, values: np.ndarray, meaning: str, *, missing: str, within: tuple[float, float] | None = None
) -> Colouring:
    """Colour by a number in up to eight steps of equal width with round limits, the highest first in the legend.

    Args:
        mode: Name of the colouring.
        values: One for each point; those that are not finite share a grey mark.
        meaning: What the number is, for the legend.
        missing: The name of that mark.
        within: The range of the steps; None: that of all values but the outermost hundredth on each side, which
            belongs to the first and the last step.
    """
    there = np.isfinite(values)
    edges = step_edges(values[there], within)
    count = len(edges) - 1
    code = np.full(len(values), NOTHING, dtype=np.uint8)
    code[there] = np.clip(np.searchsorted(edges, values[there], side="right") - 1, 0, count - 1)
    names = _step_names(edges, values[there])
    shown = [STEPS[round(place * (len(STEPS) - 1) / max(count - 1, 1))] for place in range(count)]
    marks = [Mark(place, names[place], shown[place], "circle", meaning) for place in reversed(range(count))]
    if not there.all():
        marks.append(Mark(NOTHING, missing, DISJOINT, "dot", "points without the number"))
    return Colouring(mode, tuple(marks), code, middle_sizes(len(values)))


def step_edges(values: np.ndarray, within: tuple[float, float] | None = None) -> np.ndarray:
    """Limits of up to eight steps of equal width, multiples of the width, which is 1, 1.25, 2, 2.5 or 5 x 10^k."""
    low, high = within or (tuple(np.percentile(values, (TAIL, 100 - TAIL)).tolist()) if len(values) else (0.0, 1.0))
    if not high - low > 1e-9 * max(abs(low), abs(high), 1e-21):  # equal but for rounding
        room = max(abs(low), 1.0) / 2
        low, high = low - room, low + room
    power = 10.0 ** np.floor(np.log10((high - low) / len(STEPS)))
    for nice in NICE:
        first, last = np.floor(low / (nice * power) + 1e-9), np.ceil(high / (nice * power) - 1e-9)
        if last - first <= len(STEPS):
            break
    return np.arange(first, last + 1) * nice * power


def _step_names(edges: np.ndarray, values: np.ndarray) -> list[str]:
    limits = [f"{edge:.6g}" for edge in edges]
    names = [f"{low} to {high}" for low, high in pairwise(limits)]
    if len(values) and values.min() < edges[0]:
        names[0] = f"below {limits[1]}"
    if len(values) and values.max() > edges[-1]:
        names[-1] = f"{limits[-2]} and more" if len(names) > 1 else "all"
    return names


def by_class(mode: str, names: Sequence[str], meaning: str) -> Colouring:
    """Colour by names without an order: the twelve most frequent have a mark each, all others share one.

    Equally frequent names stand in the order of the alphabet.
    """
    known, place, counts = np.unique(
        np.asarray(names, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    order = np.argsort(-counts, kind="stable")
    codes = np.full(len(known), OTHER, dtype=np.uint8)
    codes[order[: len(CLASSES)]] = np.arange(min(len(order), len(CLASSES)))
    marks = [
        Mark(code, shortened(str(known[at]), MAX_NAME), *CLASSES[code], meaning)
        for code, at in enumerate(order[: len(CLASSES)])
    ]
    if len(order) > len(CLASSES):
        marks.append(
            Mark(OTHER, f"{len(order) - len(CLASSES):,} others", DISJOINT, "dot", "all that are less frequent")
        )
    return Colouring(mode, tuple(marks), codes[place.reshape(-1)], middle_sizes(len(place)))
