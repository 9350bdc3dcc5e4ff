"""A small set of points, in two or three dimensions, as the payload of the space component."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.figures.colours import CLASSES

DIGITS = 4  # of coordinates: a millionth of the picture would only be sent


def space_payload(
    name: str,
    points: np.ndarray,
    groups: np.ndarray | None = None,
    names: Sequence[str] = ("points",),
    *,
    alt: str,
    to: np.ndarray | None = None,
    low: bool = False,
) -> dict[str, Any]:
    """Everything that the component draws.

    Args:
        name: A picture of another name begins unturned.
        points: Coordinates [n 2] (a flat map) or [n 3] (a space that turns).
        groups: The group of each point, a place in ``names``; None: all are of the first.
        names: What is written in the middle of each group, where there are two or more.
        alt: The picture in words, for screen readers.
        to: An arrow leads from each point to its row here.
        low: Half the height, for what lies along a line.
    """
    return {
        "name": name,
        "points": points.astype(float).round(DIGITS),
        "groups": np.zeros(len(points), int) if groups is None else groups,
        "marks": [
            {"name": one, "colour": colour, "shape": shape}
            for one, (colour, shape) in zip(names, CLASSES, strict=False)
        ],
        "arrows": None if to is None else to.astype(float).round(DIGITS),
        "alt": alt,
        "low": low,
    }
