"""A metric of head, medium and tail labels: a group of points with intervals for each band."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.figures.formatting import chart_text
from dashboard.figures.study_style import NEUTRAL, framed, interval_words, marks_of, plotly_mark, whiskers

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 380
BANDS = ("head", "medium", "tail")
SPREAD = 0.7  # of the distance between two bands, taken by the methods of one


@dataclass(frozen=True)
class BandPoint:
    """A method in a band.

    Attributes:
        method: Its name.
        band: ``head``, ``medium`` or ``tail``.
        value: The gain, or the value where nothing is subtracted.
        low, high: The interval; NaN where there is none.
        labels: Labels of the band.
    """

    method: str
    band: str
    value: float
    low: float
    high: float
    labels: int


def bands_figure(points: Sequence[BandPoint], *, metric: str, gain: bool, title: str = "") -> "go.Figure":
    """Methods stand in one order in each band, head first. Their names may be text of users.

    Args:
        points: One for each method and band.
        metric: Name of the vertical axis.
        gain: Whether values are differences, with a line at 0.
        title: Above; empty: none.
    """
    import plotly.graph_objects as go

    methods, bands = list(dict.fromkeys(point.method for point in points)), bands_of(points)
    labels = {point.band: point.labels for point in points}
    marks, figure = marks_of(methods), go.Figure()
    for method in methods:
        own = [point for point in points if point.method == method]
        figure.add_scatter(
            x=[bands.index(point.band) + aside(methods, method) for point in own],
            y=[point.value for point in own],
            error_y=whiskers(own, marks[method][0]),
            name=chart_text(method),
            mode="markers",
            marker=plotly_mark(marks[method]),
            customdata=[[_told(point, signed=gain)] for point in own],
            hovertemplate="%{customdata[0]}<extra></extra>",
        )
    if gain:
        figure.add_hline(0, line={"color": NEUTRAL, "width": 1.5})
    figure.update_xaxes(
        tickvals=list(range(len(bands))),
        ticktext=[band_words(band, labels[band]) for band in bands],
        range=[-0.5, len(bands) - 0.5],
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(title=chart_text(metric), tickformat="+.3~f" if gain else ".3~f", zeroline=False)
    return framed(figure, height=HEIGHT, title=title, showlegend=True)


def bands_of(points: Sequence[BandPoint]) -> list[str]:
    """The bands that some point is in, head first."""
    return [band for band in BANDS if any(point.band == band for point in points)]


def aside(methods: Sequence[str], method: str) -> float:
    """Where a method stands beside the middle of a band."""
    return SPREAD * ((methods.index(method) + 0.5) / len(methods) - 0.5)


def band_words(band: str, labels: int) -> str:
    """ "tail, 12 labels"."""
    return f"{band}, 1 label" if labels == 1 else f"{band}, {labels:,} labels"


def _told(point: BandPoint, *, signed: bool) -> str:
    value = f"{point.value:{'+' if signed else ''}.3f}"
    interval = interval_words(point.low, point.high, signed=signed) or "no interval"
    return "<br>".join(
        (f"<b>{chart_text(point.method)}</b>", band_words(point.band, point.labels), f"{value} {interval}")
    )
