"""A metric against one numeric setting of a study: a line for each method, with its intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.figures.formatting import chart_text
from dashboard.figures.study_style import framed, interval_words, marks_of, plotly_mark, whiskers

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 400
RATIO = 8  # of the highest to the lowest value, from which the axis is logarithmic
ASIDE = 0.012  # of the axis: intervals of methods at one value stand beside each other


@dataclass(frozen=True)
class CurvePoint:
    """A method at one value of the setting.

    Attributes:
        x: The value.
        value: The mean over the seeds.
        low, high: The interval; NaN where there is none.
        seeds: How many there are.
    """

    x: float
    value: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True)
class Curve:
    """The points of one method, by ``x``."""

    name: str
    points: tuple[CurvePoint, ...]


def is_logarithmic(values: Sequence[float]) -> bool:
    """Whether values are better seen by their ratios: all above 0, the highest at least eight times the lowest."""
    return bool(values) and min(values) > 0 and max(values) / min(values) >= RATIO


def curves_figure(curves: Sequence[Curve], *, setting: str, metric: str, title: str = "") -> "go.Figure":
    """One line a method; vertical bars are intervals, missing where there is none. Names may be text of users.

    Args:
        curves: The methods.
        setting: Name of the horizontal axis.
        metric: Name of the vertical axis.
        title: Above; empty: none.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    values = sorted({point.x for curve in curves for point in curve.points})
    logarithmic, marks = is_logarithmic(values), marks_of([curve.name for curve in curves])
    for place, curve in enumerate(curves):
        mark, points = marks[curve.name], curve.points
        figure.add_scatter(
            x=beside([point.x for point in points], values, place - (len(curves) - 1) / 2),
            y=[point.value for point in points],
            error_y=whiskers(points, mark[0]),
            name=chart_text(curve.name),
            mode="lines+markers",
            line={"color": mark[0], "width": 2},
            marker=plotly_mark(mark),
            customdata=[[_told(curve.name, setting, point)] for point in points],
            hovertemplate="%{customdata[0]}<extra></extra>",
        )
    figure.update_xaxes(
        title=chart_text(setting),
        type="log" if logarithmic else "linear",
        tickvals=values,
        ticktext=[f"{value:g}" for value in values],
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(title=chart_text(metric), tickformat=".3~f", zeroline=False)
    return framed(figure, height=HEIGHT, title=title, showlegend=True)


def beside(xs: Sequence[float], values: Sequence[float], place: float) -> list[float]:
    """Values moved a little along their axis, so that intervals of several methods do not hide each other."""
    if len(values) < 2:
        return [float(x) for x in xs]
    if is_logarithmic(values):
        step = ASIDE * math.log(values[-1] / values[0])
        return [float(x * math.exp(place * step)) for x in xs]
    return [float(x + place * ASIDE * (values[-1] - values[0])) for x in xs]


def _told(name: str, setting: str, point: CurvePoint) -> str:
    seeds = "1 seed" if point.seeds == 1 else f"{point.seeds} seeds"
    value = f"{point.value:.3f} {interval_words(point.low, point.high) or 'no interval'}"
    return "<br>".join((f"<b>{chart_text(name)}</b>", f"{chart_text(setting)} {point.x:g}", value, seeds))
