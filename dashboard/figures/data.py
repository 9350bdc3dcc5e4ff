"""Charts of a data set: its long tail, co-occurrence of labels, relations, anchors without a positive."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dashboard.figures.colours import DISJOINT, METRIC, NESTED, RELATIONS

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


def without_positive_options(
    sizes: Sequence[int], alone: Mapping[str, Sequence[float]], titles: Mapping[str, str]
) -> dict[str, Any]:
    """Share of anchors without a positive over the batch size, one line for each rule."""
    palette = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999", "#332288")
    series = [
        {
            "name": titles[name],
            "type": "line",
            "data": [round(100 * share, 2) for share in shares],
            "lineStyle": {"type": DASHES[place // len(palette) % 3], "width": 2},
            "itemStyle": {"color": palette[place % len(palette)]},
            "symbolSize": 6,
        }
        for place, (name, shares) in enumerate(alone.items())
    ]
    return {
        "animation": False,
        "legend": {"type": "scroll", "top": 0},
        "grid": {"left": 2, "right": 16, "top": 34, "bottom": 22},
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


def relation_options(shares: Mapping[str, float], errors: Mapping[str, float]) -> dict[str, Any]:
    """Share of each relation among the pairs, as bars on a logarithmic axis, on which rare relations are visible."""
    marks = list(reversed(RELATIONS))
    values = [
        {"value": max(round(100 * shares[mark.name], 4), 0.001), "itemStyle": {"color": mark.colour}} for mark in marks
    ]
    names = [f"{mark.name}  {100 * shares[mark.name]:.2f} ± {100 * errors[mark.name]:.2f} %" for mark in marks]
    percent = {"formatter": "{value} %"}
    return {
        "animation": False,
        "grid": {"left": 2, "right": 16, "top": 4, "bottom": 0},
        "xAxis": {"type": "log", "min": 0.001, "max": 100, "startValue": 0.001, "axisLabel": percent},
        "yAxis": {"type": "category", "data": names, "axisTick": {"show": False}, "axisLine": {"show": False}},
        "series": [{"type": "bar", "data": values, "barWidth": 14}],
    }
