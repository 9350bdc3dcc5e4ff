"""Colours and shapes of methods in the charts of a study, the same in each of them, and what all its charts share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dashboard.figures.colours import CLASSES
from dashboard.figures.formatting import chart_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

SYMBOLS = {
    "circle": "circle",
    "diamond": "diamond",
    "up": "triangle-up",
    "square": "square",
    "down": "triangle-down",
}
NEUTRAL = "#808A96"  # of axes and lines, legible on a light and on a dark page


def marks_of(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and shape of each method, by its place; beyond twelve they come again."""
    return {name: CLASSES[place % len(CLASSES)] for place, name in enumerate(names)}


def plotly_mark(mark: tuple[str, str], size: int = 9) -> dict[str, Any]:
    """A mark as Plotly takes it."""
    return {"color": mark[0], "symbol": SYMBOLS[mark[1]], "size": size}


class Bounded(Protocol):
    """A value with the ends of its interval, NaN where it has none."""

    @property
    def value(self) -> float:
        """The value."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


def whiskers(points: Sequence[Bounded], colour: str) -> dict[str, Any]:
    """Intervals as error bars."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [_length(point.high - point.value) for point in points],
        "arrayminus": [_length(point.value - point.low) for point in points],
        "thickness": 1.4,
        "width": 3,
        "color": colour,
    }


def _length(value: float) -> float | None:
    return None if np.isnan(value) else max(0.0, float(value))


def interval_words(low: float, high: float, *, signed: bool = False, digits: int = 3) -> str:
    """ "[0.402, 0.460]"; empty where there is none."""
    if np.isnan(low) or np.isnan(high):
        return ""
    sign = "+" if signed else ""
    return f"[{low:{sign}.{digits}f}, {high:{sign}.{digits}f}]"


def framed(figure: "go.Figure", *, height: int, title: str = "", **layout: Any) -> "go.Figure":
    """The chart with a title, its height and a legend below."""
    figure.update_layout(
        title={"text": chart_text(title), "font": {"size": 15}},
        height=height,
        margin={"l": 8, "r": 16, "t": 44 if title else 12, "b": 32},
        hovermode="closest",
        legend={"orientation": "h", "yanchor": "top", "y": -0.16, "x": 0},
        **layout,
    )
    return figure
