"""Shapes and colours of marks for print: those of the screen (``components/cloud/marks.js``), drawn by Matplotlib."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from dashboard.figures.colours import Mark
from dashboard.figures.print_sheet import INK, PIXEL

SIZE_STEPS = 8
# corners of each shape of radius 1; circles and dots are round
SHAPES = {
    "up": [(0, 1.2), (-1.1, -0.8), (1.1, -0.8)],
    "down": [(0, -1.2), (-1.1, 0.8), (1.1, 0.8)],
    "diamond": [(0, 1.25), (1.25, 0), (0, -1.25), (-1.25, 0)],
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
}


def radius(shape: str, share: np.ndarray | float) -> np.ndarray:
    """Radius in CSS pixels; ``share``: weight over the largest weight, from 0 to 1."""
    return np.asarray(2.2 if shape == "dot" else 3.4 + 4.6 * np.sqrt(share))


def marker(shape: str) -> tuple[str | Path, float]:
    """A marker of Matplotlib, and by how much its half width differs from the radius."""
    if shape not in SHAPES:
        return "o", 1.0
    corners = SHAPES[shape]
    return Path([*corners, corners[0]], closed=True), float(np.abs(corners).max())


def draw_points(
    axes: Axes, xy: np.ndarray, mark: Mark, size: np.ndarray, *, faded: bool = False, as_picture: bool = False
) -> None:
    """Draw the points of one mark.

    Args:
        axes: Where.
        xy: Their positions.
        mark: Their colour and shape.
        size: 0 to 255, in eight steps, as on the screen.
        faded: Grey, as points that are not selected.
        as_picture: As dots of the printer instead of shapes, also in an SVG, which many thousand shapes make large.
    """
    style, wide = marker(mark.shape)
    steps = np.rint(np.asarray(size) / 255 * (SIZE_STEPS - 1)) / (SIZE_STEPS - 1)
    width = 2 * PIXEL * wide * np.broadcast_to(radius(mark.shape, steps), steps.shape)
    rim = mark.shape != "dot" and not faded
    places = np.asarray(xy, dtype=float)
    axes.scatter(
        places[:, 0],
        places[:, 1],
        s=width**2,
        marker=MarkerStyle(style),
        facecolors=(INK if faded else mark.colour, 0.16 if faded else 0.62 if mark.shape == "dot" else 0.92),
        edgecolors=(INK, 0.45) if rim else "none",
        linewidths=0.7 * PIXEL if rim else 0,
        rasterized=as_picture,
    )


def legend_entry(mark: Mark, text: str) -> Line2D:
    """The mark with a text, for a legend."""
    style, wide = marker(mark.shape)
    line = Line2D([0], [0], linestyle="", marker=MarkerStyle(style), color=mark.colour, label=text)
    line.set_markersize(2 * PIXEL * wide * (2.8 if mark.shape == "dot" else 5))
    line.set_markeredgecolor("none" if mark.shape == "dot" else (INK, 0.5))
    line.set_markeredgewidth(0.7 * PIXEL)
    return line
