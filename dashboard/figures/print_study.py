"""The figures of a study for print: forest, curves, bands, ranks; those of the screen, on white."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import Transform, blended_transform_factory

from dashboard.figures.colours import SUPERSET
from dashboard.figures.forest import ForestRow
from dashboard.figures.formatting import middle_cut
from dashboard.figures.print_marks import marker
from dashboard.figures.print_sheet import FAINT, INK, PAPER, Sheet
from dashboard.figures.study_bands import BandPoint, aside, band_words, bands_of
from dashboard.figures.study_curves import Curve, beside, is_logarithmic
from dashboard.figures.study_ranks import CRITICAL, LINE, places
from dashboard.figures.study_style import marks_of

WIDTH = 6.4  # inches
LONGEST = 44  # characters of a name
SIZE = 5.5  # points of a mark


def forest_sheet(
    rows: Sequence[ForestRow], title: str, notes: Sequence[str], marked: Mapping[str, float], origin: Mapping[str, Any]
) -> Sheet:
    """One line a row, first on top; ``marked``: values with a dashed line."""
    height = 0.2 * (len(rows) + len({row.group for row in rows if row.group})) + 1.3
    return Sheet(title, tuple(notes), (WIDTH, height), lambda figure: _forest(figure, rows, marked), origin)


def curves_sheet(
    curves: Sequence[Curve], setting: str, metric: str, title: str, notes: Sequence[str], origin: Mapping[str, Any]
) -> Sheet:
    """One line a method."""
    return Sheet(
        title,
        tuple(notes),
        (WIDTH, 3.4 + _rows(curves)),
        lambda figure: _curves(figure, curves, setting, metric),
        origin,
    )


def bands_sheet(
    points: Sequence[BandPoint], metric: str, title: str, notes: Sequence[str], origin: Mapping[str, Any]
) -> Sheet:
    """Gains of each method in each band."""
    methods = list(dict.fromkeys(point.method for point in points))
    return Sheet(
        title, tuple(notes), (WIDTH, 3.2 + _rows(methods)), lambda figure: _bands(figure, points, metric), origin
    )


def ranks_sheet(
    ranks: Mapping[str, float],
    cliques: Sequence[Sequence[str]],
    critical: float | None,
    title: str,
    origin: Mapping[str, Any],
) -> Sheet:
    """Critical differences over data sets."""
    height = 1.6 + 0.24 * ((len(ranks) + 1) // 2 + LINE * len(cliques))
    return Sheet(title, (), (WIDTH, height), lambda figure: _ranks(figure, ranks, cliques, critical), origin)


def _rows(names: Sequence[Any]) -> float:
    """Inches of a legend with two names a row."""
    return 0.16 * ((len(names) + 1) // 2)


def _forest(figure: Figure, rows: Sequence[ForestRow], marked: Mapping[str, float]) -> None:
    axes, place, group = figure.add_subplot(), 0, ""
    ticks: list[tuple[int, str]] = []
    for row in rows:
        if row.group and row.group != group:
            group = row.group
            axes.text(
                0, place, f"{group} ", weight="bold", fontsize=7, ha="right", va="center", transform=_beside(axes)
            )
            place += 1
        ticks.append((place, middle_cut(row.name, LONGEST)))
        _line(axes, row, place)
        place += 1
    for number, (name, value) in enumerate(marked.items()):
        axes.axvline(value, color=FAINT, linewidth=0.8, linestyle="--")
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}
        axes.text(value, -1 - 0.7 * (number % 2), f"{name} {value:.3f}", fontsize=6, ha="center", va="center", bbox=box)
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks], fontsize=7)
    axes.set_ylim(max(place, 1) - 0.4, -2.2 if marked else -0.6)
    _plain(axes)
    axes.tick_params(axis="y", length=0)


def _line(axes: Axes, row: ForestRow, place: int) -> None:
    """The point of a row and its interval; a hollow point has none."""
    value, low, high = (np.nan if one is None else one for one in (row.value, row.low, row.high))
    bounded = bool(np.isfinite([low, high]).all())
    if bounded:
        axes.plot([low, high], [place, place], color=SUPERSET, linewidth=1.2)
    filled = SUPERSET if bounded else "none"
    axes.plot([value], [place], marker="o", markersize=SIZE, markerfacecolor=filled, markeredgecolor=SUPERSET)


def _beside(axes: Axes) -> Transform:
    """Left of the axes, at the height of a row."""
    return blended_transform_factory(axes.transAxes, axes.transData)


def _curves(figure: Figure, curves: Sequence[Curve], setting: str, metric: str) -> None:
    axes = figure.add_subplot()
    values = sorted({point.x for curve in curves for point in curve.points})
    marks = marks_of([curve.name for curve in curves])
    if is_logarithmic(values):
        axes.set_xscale("log")
    for number, curve in enumerate(curves):
        at = beside([point.x for point in curve.points], values, number - (len(curves) - 1) / 2)
        _whiskers(axes, at, curve.points, marks[curve.name], curve.name, line="-")
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.minorticks_off()
    axes.set_xlabel(setting)
    axes.set_ylabel(metric)
    _plain(axes)
    _legend(axes, 0.17)


def _bands(figure: Figure, points: Sequence[BandPoint], metric: str) -> None:
    axes, bands = figure.add_subplot(), bands_of(points)
    methods = list(dict.fromkeys(point.method for point in points))
    marks, labels = marks_of(methods), {point.band: point.labels for point in points}
    for method in methods:
        own = [point for point in points if point.method == method]
        at = [bands.index(point.band) + aside(methods, method) for point in own]
        _whiskers(axes, at, own, marks[method], method, line="")
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.set_xticks(range(len(bands)), [band_words(band, labels[band]) for band in bands])
    axes.set_xlim(-0.5, max(len(bands), 1) - 0.5)
    axes.set_ylabel(metric)
    _plain(axes)
    _legend(axes, 0.1)


def _ranks(
    figure: Figure, ranks: Mapping[str, float], cliques: Sequence[Sequence[str]], critical: float | None
) -> None:
    axes, shown = figure.add_subplot(), [clique for clique in cliques if len(clique) > 1]
    found, count = places(ranks, len(shown)), max(len(ranks), 2)
    marks = marks_of(list(ranks))
    low, high = 1 - 0.06 * (count - 1), count + 0.06 * (count - 1)
    axes.plot([1, count], [0, 0], color=INK, linewidth=0.8)
    for rank in range(1, count + 1):
        axes.plot([rank, rank], [0, -0.15], color=INK, linewidth=0.8)
        axes.text(rank, -0.25, str(rank), ha="center", va="bottom", fontsize=7)
    for place in found:
        end, side = (low, "right") if place.left else (high, "left")
        axes.plot([place.rank, place.rank, end], [0, place.row, place.row], color=FAINT, linewidth=0.6, zorder=1)
        _whiskers(axes, [place.rank], [], marks[place.name], place.name, line="")
        axes.annotate(
            f"{middle_cut(place.name, LONGEST)} · {place.rank:.2f}",
            (end, place.row),
            (-3 if place.left else 3, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=7,
        )
    for number, clique in enumerate(shown):
        within = [ranks[name] for name in clique]
        axes.plot([min(within), max(within)], [0.45 + LINE * number] * 2, color=INK, linewidth=2.5)
    if critical is not None:
        axes.plot([1, 1 + critical], [2 * CRITICAL] * 2, color=INK, linewidth=1, marker="|", markersize=5)
        axes.annotate("CD", (1 + critical, 2 * CRITICAL), (4, 0), textcoords="offset points", va="center", fontsize=7)
    axes.set_ylim(max((place.row for place in found), default=1) + 0.6, 2 * CRITICAL - 0.5)
    axes.set_xlim(1 - 0.42 * (count - 1), count + 0.42 * (count - 1))
    axes.axis("off")


def _whiskers(
    axes: Axes, at: Sequence[float], points: Sequence[Any], mark: tuple[str, str], name: str, *, line: str
) -> None:
    """Points at their places with their intervals; without points, a mark at each place at height 0."""
    colour, shape = mark
    values = [point.value for point in points] or [0.0] * len(at)
    for x, point in zip(at, points, strict=False):
        if np.isfinite([point.low, point.high]).all():
            axes.plot([x, x], [point.low, point.high], color=colour, linewidth=0.9)
    axes.plot(
        at,
        values,
        color=colour,
        linestyle=line or "none",
        linewidth=1.2,
        marker=MarkerStyle(marker(shape)[0]),
        markersize=SIZE,
        label=name,
    )


def _legend(axes: Axes, below: float) -> None:
    """Names of methods below the axes; ``below``: in parts of their height."""
    handles, names = axes.get_legend_handles_labels()
    short = [middle_cut(name, LONGEST) for name in names]
    axes.legend(handles, short, loc="upper left", bbox_to_anchor=(-0.02, -below), ncols=2, frameon=False, fontsize=7)


def _plain(axes: Axes) -> None:
    axes.grid(axis="both", color="#D5DAE1", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=FAINT, linewidth=0.6)
