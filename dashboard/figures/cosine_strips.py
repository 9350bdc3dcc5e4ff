"""The cosines of all items to one anchor, a row of points for each relation, as ECharts options."""

from typing import Any

import numpy as np

from dashboard.figures.colours import RELATIONS, Mark
from dashboard.figures.payload import payload

SYMBOLS = {
    "circle": "circle",
    "up": "triangle",
    "down": "path://M0,0L10,0L5,9Z",
    "diamond": "diamond",
    "dot": "circle",
}
SIZE = {"dot": 4}  # pixels; the others have 9
SPREAD = 0.62  # of a row's height


def cosine_strips(
    cosine: np.ndarray, relation: np.ndarray, names: list[str], *, low: float, ink: str
) -> dict[str, Any]:
    """One point per item, on the row of its relation to the anchor; a line at the mean of each row.

    Args:
        cosine: To the anchor, [n]; the anchor itself is left out.
        relation: Codes of the anchor's relation to each item, [n].
        names: Of the items, for the tooltip, [n].
        low: Where the axis begins; it ends at 1, so that strips with one ``low`` share a scale.
        ink: Colour of the mean lines.
    """
    rows = list(reversed(RELATIONS))
    series: list[dict[str, Any]] = []
    for row, mark in enumerate(rows):
        of = np.flatnonzero(relation == mark.code)
        if len(of):
            series += [_points(mark, cosine[of], [names[item] for item in of], row), _mean(cosine[of], row, ink)]
        mean = f"mean {cosine[of].mean():.2f}" if len(of) else "none"
        series.append(_row_name(f"{mark.short()}: {len(of)}\n{mean}", low, row, ink))
    return {
        "animation": False,
        "grid": {"left": 112, "right": 16, "top": 6, "bottom": 42},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "min": low, "max": 1, "name": "cosine to the anchor", "nameLocation": "middle"}
        | {"nameGap": 24, "axisLabel": {"showMaxLabel": True}, "axisLine": {"onZero": False}},
        "yAxis": {"type": "value", "min": -0.5, "max": len(rows) - 0.5, "interval": 1, "show": False},
        "series": series,
    }


def lowest(*cosines: np.ndarray) -> float:
    """The tenth at or below the lowest of all cosines."""
    return float(np.floor(10 * min(values.min() for values in cosines)) / 10)


def _points(mark: Mark, cosine: np.ndarray, names: list[str], row: int) -> dict[str, Any]:
    # neighbours on the axis stand at different heights, the same in every strip
    shift = SPREAD * (np.arange(len(cosine)) * 0.618 % 1 - 0.5) if len(cosine) > 1 else np.zeros(1)
    data = [
        {"name": name, "value": [round(float(value), 3), round(row + float(up), 3)]}
        for name, value, up in zip(names, cosine, shift, strict=True)
    ]
    return {
        "type": "scatter",
        "name": mark.name,
        "data": payload(data),
        "symbol": SYMBOLS[mark.shape],
        "symbolSize": SIZE.get(mark.shape, 9),
        "itemStyle": {"color": mark.colour, "opacity": 0.8},
        "tooltip": {"formatter": "{b}"},
    }


def _mean(cosine: np.ndarray, row: int, ink: str) -> dict[str, Any]:
    mean = float(cosine.mean())
    return {
        "type": "line",
        "data": [[mean, row - 0.45], [mean, row + 0.45]],
        "symbol": "none",
        "lineStyle": {"color": ink, "width": 2.5},
        "silent": True,
    }


def _row_name(words: str, low: float, row: int, ink: str) -> dict[str, Any]:
    label = {"show": True, "position": "left", "formatter": "{b}", "color": ink, "fontSize": 13, "lineHeight": 17}
    data = [{"name": words, "value": [low, row]}]
    return {"type": "scatter", "data": data, "symbolSize": 0, "silent": True, "label": label | {"align": "right"}}
