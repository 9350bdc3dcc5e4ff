"""Charts of a data set: its long tail, co-occurrence of labels, relations, anchors without a positive."""

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

import numpy as np

from dashboard.figures.colours import DISJOINT, METRIC, NESTED, RELATIONS

Options = dict[str, Any]
BAND_COLOURS = {"head": METRIC, "medium": NESTED, "tail": DISJOINT}
# line types repeat the distinction of the colours
DASHES = ("solid", "dashed", "dotted")


def frequency_options(names: Sequence[str], counts: Sequence[int], band: Sequence[str]) -> dict[str, Any]:
    """Bars of label frequencies, most frequent first, coloured by head, medium and tail."""
    series = [
        {
            "name": part,
            "type": "bar",
            "stack": "all",
            "itemStyle": {"color": colour},
            "data": [count if of == part else None for count, of in zip(counts, band, strict=True)],
            "barCategoryGap": "10%",
        }
        for part, colour in BAND_COLOURS.items()
        if part in band
    ]
    return {
        "animation": False,
        "legend": {"top": 0, "right": 0},
        "grid": {"left": 2, "right": 8, "top": 28, "bottom": 0},
        "xAxis": {
            "type": "category",
            "data": list(names),
            "axisLabel": {"rotate": 60, "interval": "auto", "width": 90, "overflow": "truncate"},
        },
        "yAxis": {"type": "value", "name": ""},
        "tooltip": {"trigger": "axis"},
        "series": series,
    }


def together_options(names: Sequence[str], share: np.ndarray, *, dark: bool) -> dict[str, Any]:
    """Heat map of P(column label | row label), row by row; the diagonal, always 1, is left out."""
    cells = [
        [column, row, None if row == column else round(float(share[row, column]), 3)]
        for row in range(len(names))
        for column in range(len(names))
    ]
    highest = max((value for _, _, value in cells if value is not None), default=0.0) or 1.0
    axis = {"type": "category", "data": list(names), "splitArea": {"show": False}}
    label = {"width": 96, "overflow": "truncate", "interval": 0, "fontSize": 11}
    return {
        "animation": False,
        "grid": {"left": 2, "right": 8, "top": 4, "bottom": 56, "containLabel": True},
        "xAxis": axis | {"axisLabel": label | {"rotate": 60}},
        "yAxis": axis | {"inverse": True, "axisLabel": label},
        "visualMap": {
            "min": 0,
            "max": highest,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "calculable": False,
            "itemHeight": 120,
            "itemWidth": 12,
            "precision": 2,
            "text": [f"{highest:.2f}", "0"],
            "inRange": {"color": ["#1b2330" if dark else "#f2f4f7", METRIC]},
        },
        "tooltip": {"position": "top"},
        "series": [{"type": "heatmap", "data": cells, "name": "share of the row's items"}],
    }


def alike(alone: Mapping[str, Sequence[float]], titles: Mapping[str, str]) -> list[tuple[list[str], Sequence[float]]]:
    """Rules with the same shares at every size, as one line: their titles, and the shares."""
    groups: dict[tuple[float, ...], list[str]] = {}
    for name, shares in alone.items():
        groups.setdefault(tuple(shares), []).append(titles[name])
    return [(names, shares) for shares, names in groups.items()]


def line_name(names: Sequence[str]) -> str:
    """The name of a line: its rule, or the first of its rules and how many more."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def without_positive_options(sizes: Sequence[int], lines: Sequence[tuple[Sequence[str], Sequence[float]]]) -> Options:
    """Share of anchors without a positive over the batch size, one line for the rules of each entry of :func:`alike`.

    The legend has a name a line, so that none is cut, however many there are.
    """
    palette = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999", "#332288")
    series = [
        {
            "name": line_name(names),
            "type": "line",
            "data": [round(100 * share, 2) for share in shares],
            "lineStyle": {"type": DASHES[place // len(palette) % 3], "width": 2},
            "itemStyle": {"color": palette[place % len(palette)]},
            "symbolSize": 6,
        }
        for place, (names, shares) in enumerate(lines)
    ]
    return {
        "animation": False,
        "legend": {"type": "plain", "orient": "vertical", "top": 0, "left": 0, "itemGap": 4},
        "grid": {"left": 2, "right": 16, "top": legend_height(len(lines)), "bottom": 22},
        "xAxis": {
            "type": "category",
            "data": [str(size) for size in sizes],
            "name": "batch size",
            "nameLocation": "middle",
            "nameGap": 24,
        },
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f"},
        "series": series,
    }


def legend_height(lines: int) -> int:
    """Pixels above the chart of :func:`without_positive_options` for its legend."""
    return 20 * lines + 14


def relation_options(shares: Mapping[str, float], errors: Mapping[str, float]) -> Options:
    """Share of each relation among the pairs, as bars on a logarithmic axis, on which rare relations are visible.

    The axis begins at the power of ten below half the smallest share; a relation without pairs has no bar.
    """
    marks = list(reversed(RELATIONS))
    least = min((shares[mark.name] for mark in marks if shares[mark.name] > 0), default=1.0)
    start = 10.0 ** floor(log10(50 * least))
    values = [
        {"value": round(100 * shares[mark.name], 6) or None, "itemStyle": {"color": mark.colour}} for mark in marks
    ]
    names = [f"{mark.brief}  {with_error(shares[mark.name], errors[mark.name])}" for mark in marks]
    percent = {"formatter": "{value} %"}
    return {
        "animation": False,
        "grid": {"left": 2, "right": 24, "top": 4, "bottom": 0},
        "xAxis": {"type": "log", "min": start, "max": 100, "startValue": start, "axisLabel": percent},
        "yAxis": {"type": "category", "data": names, "axisTick": {"show": False}, "axisLine": {"show": False}},
        "series": [{"type": "bar", "data": values, "barWidth": 14}],
    }


def with_error(share: float, error: float) -> str:
    """A share with its standard error in percent: "1.03 ± 0.11 %", with two digits behind the point or as many more as
    the error needs, at most four.

    Edge cases:
        No error, because all pairs are counted: the share alone. No pair at all: "none".
        An error that four digits do not show: "less than .0001".
    """
    if share <= 0:
        return "none"
    if error <= 0:
        return f"{100 * share:.2f} %" if share >= 5e-5 else f"{100 * share:.2g} %"
    digits = min(4, max(2, -floor(log10(100 * error))))
    shown = f"{100 * error:.{digits}f}"
    return f"{100 * share:.{digits}f} ± {shown if float(shown) else 'less than .0001'} %"
