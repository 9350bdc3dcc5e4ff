"""How many items kept how many of their neighbours, as bars, beside what chance would give."""

from collections.abc import Iterable
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from dashboard.figures.colours import DISJOINT, METRIC, REPEL, SUPERSET

CHANCE = "by chance"


def kept_counts(kept: Float[np.ndarray, " n"], k: int) -> Int64[np.ndarray, " n"]:
    """The bar of each item: its number of kept neighbours, rounded where ties share places; -1: it has none."""
    return np.where(np.isnan(kept), -1, np.clip(np.rint(np.nan_to_num(kept)), 0, k)).astype(np.int64)


def histogram(kept: Float[np.ndarray, " n"], k: int) -> list[int]:
    """Number of items that kept 0, 1, ... k neighbours."""
    bars = kept_counts(kept, k)
    return np.bincount(bars[bars >= 0], minlength=k + 1).tolist()


def by_chance(items: int, count: int, k: int) -> list[float]:
    """Expected number of items that keep 0, 1, ... k neighbours when those of one space are drawn by chance.

    Hypergeometric: k of the n - 1 others are drawn, k of which were neighbours.

    Args:
        items: Items with neighbours.
        count: All items, n.
        k: Neighbours of each.

    Example:
        >>> by_chance(10, 3, 1)
        [5.0, 5.0]
    """
    others, ways = count - 1, comb(max(count - 1, 0), k)
    return [items * comb(k, kept) * comb(others - k, k - kept) / ways if others >= k else 0.0 for kept in range(k + 1)]


def in_bars(kept: Float[np.ndarray, " n"], k: int, bars: Iterable[int]) -> Int64[np.ndarray, " m"]:
    """Rows of the items that stand in some of the bars."""
    return np.flatnonzero(np.isin(kept_counts(kept, k), list(bars))).astype(np.int64)


def histogram_options(
    counts: list[int], chance: list[float] | None, *, mean: float, what: str, unit: float = 1.0
) -> dict[str, Any]:
    """One bar for each number of kept neighbours; a bar can be selected.

    Args:
        counts: Items of each bar.
        chance: Items expected by chance, drawn as a dashed line; None: none is drawn.
        mean: Marked by a line.
        what: Name of the horizontal axis.
        unit: What one bar stands for: the bars are at 0, ``unit``, 2 ``unit``, ...
    """
    return {
        "animation": False,
        "grid": {"left": 4, "right": 10, "top": 22, "bottom": 20, "containLabel": True},
        "xAxis": {
            "type": "value",
            "min": round(-0.6 * unit, 6),
            "max": round((len(counts) - 0.4) * unit, 6),
            "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
            "splitLine": {"show": False},
            "splitNumber": len(counts),
            "name": what,
            "nameLocation": "middle",
            "nameGap": 24,
        },
        "yAxis": {"type": "value", "minInterval": 1, "splitNumber": 3},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.0f"},
        "series": [_bars(counts, mean, unit), *([] if chance is None else [_chance(chance, unit)])],
    }


def _bars(counts: list[int], mean: float, unit: float) -> dict[str, Any]:
    bars: dict[str, Any] = {
        "name": "items",
        "type": "bar",
        "data": [[round(number * unit, 6), count] for number, count in enumerate(counts)],
        "barWidth": "80%",
        "itemStyle": {"color": SUPERSET},
        "selectedMode": "multiple",
        "select": {"itemStyle": {"borderColor": REPEL, "borderWidth": 2}},
        "cursor": "pointer",
    }
    if np.isfinite(mean):
        bars["markLine"] = {
            "symbol": "none",
            "silent": True,
            "animation": False,
            "label": {"formatter": "mean", "position": "end", "fontSize": 11},
            "lineStyle": {"type": "solid", "color": METRIC, "width": 2},
            "data": [{"xAxis": round(mean, 2)}],
        }
    return bars


def _chance(chance: list[float], unit: float) -> dict[str, Any]:
    return {
        "name": CHANCE,
        "type": "line",
        "data": [[round(number * unit, 6), round(value, 2)] for number, value in enumerate(chance)],
        "symbol": "emptyCircle",
        "symbolSize": 4,
        "lineStyle": {"color": DISJOINT, "type": "dashed", "width": 1.5},
        "itemStyle": {"color": DISJOINT},
        "silent": True,
    }
