"""Rare labels: whether they meet themselves among the candidates of a batch, and how close their items lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dashboard.figures.colours import DISJOINT, EQUAL, METRIC, REPEL
from dashboard.figures.curves import step_line

# colour and symbol of each training: the recorded one, then the remedies
LINES = ((DISJOINT, "emptyCircle"), (EQUAL, "circle"), (REPEL, "triangle"))


def meetings(ids: np.ndarray, y: np.ndarray, anchors: int, rare: Sequence[int]) -> tuple[int, int]:
    """Of the rare labels of a batch's anchors: how many another item among the candidates has, and how many there are.

    Args:
        ids: Items of the candidates [m], the anchors first; a view of the anchor's own item does not count.
        y: Their labels [m c].
        anchors: How many anchors there are.
        rare: Columns of the rare labels.
    """
    of_rare = y[:, list(rare)].astype(bool)
    another = ids[:anchors, None] != ids[None, :]
    met = (another.astype(np.float32) @ of_rare.astype(np.float32)) > 0
    own = of_rare[:anchors]
    return int((met & own).sum()), int(own.sum())


def closeness(z: np.ndarray, y: np.ndarray, rare: Sequence[int]) -> float | None:
    """The mean cosine of pairs that share a rare label, less that of pairs that share no label.

    Returns:
        -2 to 2; None where there are no such pairs, or where an item has no direction.
    """
    length = np.linalg.norm(z.astype(np.float64), axis=1, keepdims=True)
    if not (length > 0).all():
        return None
    unit = z.astype(np.float64) / length
    labels, of_rare = y.astype(np.float32), y[:, list(rare)].astype(np.float32)
    above = np.triu(np.ones((len(z), len(z)), bool), 1)
    together, strangers = (of_rare @ of_rare.T > 0) & above, (labels @ labels.T == 0) & above
    if not together.any() or not strangers.any():
        return None
    cosine = unit @ unit.T
    return float(cosine[together].mean() - cosine[strangers].mean())


def _frame(x: str, **axis: Any) -> dict[str, Any]:
    """What both charts have in common: the legend above, and the horizontal axis with its name below."""
    return {
        "animation": False,
        "legend": {"top": 0, "left": 0},
        "grid": {"left": 2, "right": 16, "top": 32, "bottom": 22, "containLabel": True},
        "xAxis": axis | {"name": x, "nameLocation": "middle", "nameGap": 24, "splitLine": {"show": False}},
    }


def closeness_options(lines: Mapping[str, Sequence[tuple[int, float]]]) -> dict[str, Any]:
    """Closeness over the steps, a line for each training, in the order of the recorded one and the remedies."""
    series = [
        step_line(name, colour, [[step, round(value, 4)] for step, value in points], symbol)
        for (name, points), (colour, symbol) in zip(lines.items(), LINES, strict=False)
    ]
    return {
        **_frame("step", type="value", min=0, max="dataMax"),
        "yAxis": {"type": "value", "splitNumber": 4},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3f"},
        "series": series,
    }


def meeting_options(counts: Sequence[int], chances: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """For each label its training items (logarithmic) and, for each kind of batch, the chance that it meets itself."""
    marks = zip(chances.items(), ((METRIC, "circle"), (EQUAL, "triangle")), strict=False)
    return {
        **_frame("training icons with the label", type="log", min=1),
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value}%"}},
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "name": name,
                "type": "scatter",
                "symbol": symbol,
                "symbolSize": 9,
                "itemStyle": {"color": colour, "opacity": 0.8},
                "data": [[count, round(100 * chance, 1)] for count, chance in zip(counts, values, strict=True)],
            }
            for (name, values), (colour, symbol) in marks
        ],
    }
