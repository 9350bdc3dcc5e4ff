"""Live curves as ECharts options: Streamlit keeps a keyed ECharts canvas over all updates, without flicker."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any

from dashboard.figures.colours import DISJOINT, EQUAL, METRIC, NESTED, OVERLAP, RELATION_BY_NAME

# colour and symbol of each line: colour is never the only cue
STYLES = {
    "equal": (EQUAL, "circle"),
    "nested": (NESTED, "triangle"),
    "overlap": (OVERLAP, "diamond"),
    "disjoint": (DISJOINT, "emptyCircle"),
}
MAX_POINTS = 400  # per line


def cosine_options(frames: Sequence[Mapping[str, Any]], now: int | None, *, low: float | None = None) -> dict[str, Any]:
    """Mean cosine by relation over the steps; a dashed line marks the step ``now``.

    The axis starts at ``low``, as for charts that are compared, or at :func:`cosine_floor`.
    """
    series = []
    for key, relation in by_relation().items():
        colour, symbol = STYLES.get(relation, (METRIC, "rect"))
        series.append(_line(in_words(relation), colour, _points(frames, key), symbol=symbol, label=True))
    _mark_now(series, now)
    options = _axes(low=cosine_floor(frames) if low is None else low, high=1.0)
    return options | {"series": series, "grid": {"left": 2, "right": 86, "top": 10, "bottom": 0}}


def cosine_floor(frames: Sequence[Mapping[str, Any]]) -> float:
    """A multiple of 0.1 below the lowest mean cosine, so that the axis seldom jumps."""
    values = [frame["metrics"][key] for frame in frames for key in by_relation() if key in frame.get("metrics", {})]
    return floor(10 * min(values, default=0.0) - 0.5) / 10


def in_words(relation: str) -> str:
    """A relation as the legends of maps call it: "same labels"; "nested" stays, which is two of them at once."""
    mark = RELATION_BY_NAME.get(relation)
    return relation if mark is None else mark.brief


def by_relation() -> dict[str, str]:
    """The metrics that are curves of that chart, and the relation of each."""
    from mlcl_core.metrics import LIVE_METRICS

    return {name: record.relation for name, record in LIVE_METRICS.items() if record.relation}


def metric_options(frames: Sequence[Mapping[str, Any]], key: str, title: str, now: int | None) -> dict[str, Any]:
    """One metric over the steps; a dashed line marks the step ``now``."""
    series = [_line(title, METRIC, _points(frames, key))]
    _mark_now(series, now)
    return _axes() | {"series": series, "grid": {"left": 2, "right": 16, "top": 10, "bottom": 0}}


def step_line(name: str, colour: str, points: list[list[float]], symbol: str) -> dict[str, Any]:
    """A line of points (step, value), with its symbols where there are few."""
    return _line(name, colour, points, symbol=symbol)


def _points(frames: Sequence[Mapping[str, Any]], key: str) -> list[list[float]]:
    points = [[frame["step"], round(frame["metrics"][key], 5)] for frame in frames if key in frame.get("metrics", {})]
    stride = -(-len(points) // MAX_POINTS)
    return points if stride <= 1 else points[:-1:stride] + points[-1:]


def _line(
    name: str, colour: str, points: list[list[float]], *, symbol: str = "none", label: bool = False
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": name,
        "type": "line",
        "data": points,
        "lineStyle": {"color": colour, "width": 2},
        "itemStyle": {"color": colour},
        "symbol": symbol,
        "symbolSize": 5,
        "showSymbol": len(points) < 2 or (symbol != "none" and len(points) < 40),
        "emphasis": {"disabled": True},
    }
    if label:
        # the name at the end of the line replaces a legend; names of near lines are moved apart
        line["endLabel"] = {"show": True, "formatter": "{a}", "distance": 4, "color": "inherit", "lineHeight": 15}
        line["labelLayout"] = {"moveOverlap": "shiftY"}
    return line


def _mark_now(series: list[dict[str, Any]], now: int | None) -> None:
    if now is not None and series:
        series[0]["markLine"] = {
            "symbol": "none",
            "silent": True,
            "animation": False,
            "label": {"show": False},
            "lineStyle": {"type": "dashed", "color": "#888888", "width": 1},
            "data": [{"xAxis": now}],
        }


def _axes(*, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    y: dict[str, Any] = {"type": "value", "scale": True, "splitNumber": 4}
    if low is not None and high is not None:
        y |= {"min": low, "max": high}
    return {
        "animation": False,
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": "dataMax",
            "name": "step",
            "nameLocation": "middle",
            "nameGap": 18,
            "splitLine": {"show": False},
        },
        "yAxis": y,
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3f"},
    }
