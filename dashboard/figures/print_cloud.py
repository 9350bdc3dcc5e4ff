"""A frame of the cloud for print: the points, colours, shapes and arrows of the screen, on white, with a legend."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dashboard.figures.cloud import CloudFrame
from dashboard.figures.print_marks import draw_points, legend_entry
from dashboard.figures.print_on_map import NEAR, draw_on_map
from dashboard.figures.print_sheet import FAINT, INK, PAPER, PIXEL, Sheet

SIZE = (7.1, 5.6)  # inches: two columns of a page
ASPECT = 1.45  # width of the map over its height
MAX_SHAPES = 20_000  # more points are a picture inside an SVG
FORCE = "force = dL/ds of the anchor's loss: a pull is negative (solid), a push positive (dashed); arrows are projected"


def cloud_sheet(frame: CloudFrame, title: str, notes: Sequence[str], origin: Mapping[str, Any]) -> Sheet:
    """The figure of a frame; points that are not selected are grey, as on the screen.

    Args:
        frame: As it is shown.
        title: Above.
        notes: Lines below it.
        origin: In the file's metadata.
    """
    more = [FORCE] if frame.arrows is not None else []
    if frame.colouring.mode == "relation":
        more.append("relation: labels of the point compared with the anchor's; size: weight of the pair")
    if frame.on_map is not None and frame.on_map.near is not None:
        more.append(NEAR)
    if len(frame.xy) > MAX_SHAPES:
        more.append(f"more than {MAX_SHAPES:,} points: in an SVG they are a picture")
    return Sheet(title, (*more, *notes), SIZE, lambda figure: _draw(figure, frame), origin)


def _draw(figure: Figure, frame: CloudFrame) -> None:
    axes = figure.subplots()
    apart = np.zeros(len(frame.xy), bool) if frame.apart is None else frame.apart
    _show_all(axes, frame.xy if frame.stars is None else np.concatenate([frame.xy, frame.stars]))
    selected = None if frame.selection is None else frame.selection.mask
    _draw_points(axes, frame, selected)
    if apart.any():
        axes.plot(*frame.xy[apart].T, "x", color=INK, markersize=9 * PIXEL, markeredgewidth=1.6 * PIXEL)
    if frame.stars is not None:
        _draw_stars(axes, frame)
    if frame.arrows is not None and frame.anchor >= 0:
        _draw_arrows(axes, frame)
    draw_on_map(axes, frame, 72 * SIZE[0])
    if frame.anchor >= 0:
        _draw_anchor(axes, frame.xy[frame.anchor])
    counts = frame.colouring.counts()
    entries = [legend_entry(mark, f"{mark.name} {counts[mark.code]:,}") for mark in frame.colouring.marks]
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
    axes.legend(handles=entries, ncols=5, frameon=False, fontsize=7.5, handletextpad=0.3, columnspacing=1.2, **place)


def _show_all(axes: Axes, places: np.ndarray) -> None:
    """All points, with the same scale in both directions."""
    there = places[np.isfinite(places).all(1)]
    low, high = (there.min(0), there.max(0)) if len(there) else (np.zeros(2), np.ones(2))
    half = 0.53 * np.maximum(high - low, 1e-6)
    half = np.maximum(half, [ASPECT * half[1], half[0] / ASPECT])
    (left, bottom), (right, top) = (low + high) / 2 - half, (low + high) / 2 + half
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set(color=FAINT, linewidth=0.5)


def _draw_points(axes: Axes, frame: CloudFrame, selected: np.ndarray | None) -> None:
    colouring, as_picture = frame.colouring, len(frame.xy) > MAX_SHAPES
    grey = np.zeros(len(frame.xy), bool) if selected is None else ~selected
    finite = np.isfinite(frame.xy).all(1)
    for mark in reversed(colouring.marks):  # the first of the legend lies on top
        for faded in (True, False):
            those = (colouring.code == mark.code) & finite & (grey == faded)
            if those.any():
                draw_points(axes, frame.xy[those], mark, colouring.size[those], faded=faded, as_picture=as_picture)


def _draw_stars(axes: Axes, frame: CloudFrame) -> None:
    stars = np.asarray(frame.stars)
    drawn = np.isfinite(stars).all(1)
    style: dict[str, Any] = {"s": (16 * PIXEL) ** 2, "color": INK, "edgecolors": PAPER, "linewidths": 1.5 * PIXEL}
    axes.scatter(stars[drawn, 0], stars[drawn, 1], marker="*", **style)
    for (x, y), name, there in zip(stars, frame.star_names, drawn, strict=False):
        if there:
            axes.annotate(str(name), (x, y), (11 * PIXEL, 0), textcoords="offset points", va="center", fontsize=6.5)


def _draw_arrows(axes: Axes, frame: CloudFrame) -> None:
    assert frame.arrows is not None
    told, arrays = frame.arrows
    header, (pull, push) = told["arrows"], told["arrows"]["light"]
    places = frame.xy if frame.stars is None else np.concatenate([frame.xy, frame.stars])
    anchor, largest = frame.xy[frame.anchor], max(np.abs(arrays["arrow_force"]).max(initial=0), 1e-30)
    for to, force in zip(arrays["arrow_to"], arrays["arrow_force"], strict=True):
        if to >= len(places) or not np.isfinite(places[to]).all():
            continue
        begin, end = (anchor, places[to]) if force < 0 else (places[to], anchor)
        width = PIXEL * (1 + 3.5 * abs(force) / largest)
        line = {"color": pull if force < 0 else push, "linewidth": width, "alpha": 0.85, "shrinkA": 0, "shrinkB": 0}
        axes.annotate(
            "", end, begin, arrowprops={"arrowstyle": "-", "linestyle": "-" if force < 0 else (0, (3, 2)), **line}
        )
        tip = begin + 0.62 * (end - begin)
        axes.annotate("", tip, begin + 0.6 * (end - begin), arrowprops={"arrowstyle": "-|>", **line})
    if header["way"] is not None:
        offset = tuple(78 * PIXEL * part for part in header["way"])
        arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 4 * PIXEL, "shrinkA": 0, "shrinkB": 0}
        # from the anchor outwards: the head is where the text would be
        axes.annotate("", anchor, offset, textcoords="offset points", arrowprops={**arrow, "arrowstyle": "<|-"})


def _draw_anchor(axes: Axes, place: np.ndarray) -> None:
    for colour, width in ((PAPER, 6), (INK, 2.6)):
        axes.plot(
            *place, "o", markersize=22 * PIXEL, markerfacecolor="none", color=colour, markeredgewidth=width * PIXEL
        )
    axes.plot(*place, "o", markersize=9 * PIXEL, color=INK)
