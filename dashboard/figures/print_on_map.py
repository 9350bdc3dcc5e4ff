"""What a map shows besides its points, for print: neighbours, trail, names of labels, hits of a search."""

import numpy as np
from matplotlib.axes import Axes

from dashboard.figures.anchor_neighbours import AnchorNeighbours
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.label_places import LabelPlaces
from dashboard.figures.print_sheet import INK, PAPER, PIXEL

NEAR = (
    "lines: neighbours of the anchor in the embedding, dashed where the map parts them; dashed circles: near on the map"
)
NAME_SIZE = 8.5  # points
LETTER = 0.62  # width of a letter over its size, about
LONGEST = 28  # characters


def draw_on_map(axes: Axes, frame: CloudFrame, width: float) -> None:
    """Draw what is switched on.

    Args:
        axes: Its limits are set.
        frame: As it is shown.
        width: Of the axes in points, about; names that would overlap are left out.
    """
    shown = frame.on_map
    if frame.marked is not None and len(frame.marked):
        _circles(axes, frame.xy[frame.marked], 16, 2, "-")
    if shown is None:
        return
    if shown.near is not None and frame.anchor >= 0:
        _neighbours(axes, frame, shown.near)
    if shown.places_before is not None and frame.anchor >= 0 and len(shown.places_before):
        before = np.concatenate([shown.places_before[:-1], frame.xy[frame.anchor][None]])
        axes.plot(before[:, 0], before[:, 1], "-o", color=INK, linewidth=1.4 * PIXEL, markersize=6 * PIXEL, alpha=0.6)
    if shown.places is not None and frame.stars is None:
        _names(axes, shown.places, list(frame.star_names), width)


def _neighbours(axes: Axes, frame: CloudFrame, near: AnchorNeighbours) -> None:
    anchor, both = frame.xy[frame.anchor], np.isin(near.real, near.shown)
    for row, kept in zip(near.real, both, strict=True):
        ends = np.stack([anchor, frame.xy[row]], 1)
        dash = "-" if kept else (0, (4, 3))
        axes.plot(ends[0], ends[1], color=INK, linestyle=dash, linewidth=(1.8 if kept else 1.2) * PIXEL, alpha=0.8)
    _circles(axes, frame.xy[near.real], 13, 1.2, "-")
    _circles(axes, frame.xy[near.shown[~np.isin(near.shown, near.real)]], 13, 1.2, (0, (2, 2)))


def _circles(axes: Axes, places: np.ndarray, size: float, width: float, dash: object) -> None:
    style = {"facecolors": "none", "edgecolors": INK, "linewidths": width * PIXEL, "linestyles": dash}
    axes.scatter(places[:, 0], places[:, 1], (size * PIXEL) ** 2, **style)  # type: ignore[arg-type]


def _names(axes: Axes, places: LabelPlaces, names: list[str], width: float) -> None:
    """Names of labels where they are dense; of two that would overlap the first, which has more items, stays."""
    left, right = axes.get_xlim()
    unit = (right - left) / width  # of the map, a point
    taken: list[np.ndarray] = []
    for label, place in zip(places.labels, places.xy, strict=True):
        text = names[label] if len(names[label]) <= LONGEST else f"{names[label][: LONGEST - 1]}…"
        half = unit * NAME_SIZE * np.array([LETTER * len(text) / 2, 0.7])
        box = np.stack([place - half, place + half])
        if any((box[0] < other[1]).all() and (other[0] < box[1]).all() for other in taken):
            continue
        taken.append(box)
        x, y = map(float, place)
        drawn = axes.text(x, y, text, ha="center", va="center", fontsize=NAME_SIZE, fontweight="bold", alpha=0.9)
        # a halo would turn the text of an SVG into curves
        drawn.set_bbox({"boxstyle": "round,pad=0.05", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.7})
        drawn.set_in_layout(False)
