"""Critical differences over data sets: methods at their mean ranks, lines under those that cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.figures.formatting import chart_text, middle_cut
from dashboard.figures.study_style import NEUTRAL, framed, marks_of, plotly_mark

if TYPE_CHECKING:
    import plotly.graph_objects as go

MAX_NAME = 40
HOVER = "%{customdata[0]}<extra></extra>"
LINE, AROUND = 0.32, 90  # of a clique, in rows; pixels above and below the rows
ROW = 26  # pixels
CRITICAL = -0.8  # where the critical difference is drawn


@dataclass(frozen=True)
class NamePlace:
    """Where a method's name stands beside the axis of ranks.

    Attributes:
        name: The method.
        rank: Its mean rank.
        left: Whether the name stands at the left: the better half does.
        row: Rows below the axis.
    """

    name: str
    rank: float
    left: bool
    row: int


def places(ranks: Mapping[str, float], cliques: int) -> list[NamePlace]:
    """The better half at the left, the best lowest row first; the other half at the right, the worst first."""
    order = sorted(ranks, key=lambda name: (ranks[name], name))
    half, first = (len(order) + 1) // 2, 1 + round(LINE * cliques)
    left = [NamePlace(name, ranks[name], True, first + row) for row, name in enumerate(order[:half])]
    right = [NamePlace(name, ranks[name], False, first + row) for row, name in enumerate(reversed(order[half:]))]
    return left + right


def ranks_figure(
    ranks: Mapping[str, float], cliques: Sequence[Sequence[str]], critical: float | None = None, *, title: str = ""
) -> "go.Figure":
    """The diagram of Demšar: rank 1, the best, at the left. Names may be text of users.

    Args:
        ranks: The mean rank of each method.
        cliques: Methods that are not told apart, drawn as one thick line each; those of one method are left out.
        critical: The critical difference of two mean ranks, drawn above the axis; None: none.
        title: Above; empty: none.
    """
    import plotly.graph_objects as go

    shown = [clique for clique in cliques if len(clique) > 1]
    found, figure = places(ranks, len(shown)), go.Figure()
    marks, count = marks_of(list(ranks)), max(len(ranks), 2)
    ends = (1 - 0.06 * (count - 1), count + 0.06 * (count - 1))
    _line(figure, [1, count], [0, 0], width=1.5)
    for place in found:
        end = ends[0] if place.left else ends[1]
        _line(figure, [place.rank, place.rank, end], [0, place.row, place.row], width=1)
        figure.add_scatter(
            x=[place.rank],
            y=[0],
            mode="markers",
            marker=plotly_mark(marks[place.name], 11),
            customdata=[[f"<b>{chart_text(place.name)}</b><br>mean rank {place.rank:.2f}"]],
            hovertemplate=HOVER,
            showlegend=False,
        )
        figure.add_annotation(
            x=end,
            y=place.row,
            text=f"{chart_text(middle_cut(place.name, MAX_NAME))} · {place.rank:.2f}",
            xanchor="right" if place.left else "left",
            showarrow=False,
            xshift=-4 if place.left else 4,
        )
    for number, clique in enumerate(shown):
        within = [ranks[name] for name in clique]
        _line(figure, [min(within), max(within)], [0.45 + LINE * number] * 2, width=5, words=_not_told(clique))
    if critical is not None:
        words = f"critical difference {critical:.2f}"
        _line(figure, [1, 1 + critical], [CRITICAL] * 2, width=1.5, words=words)
        figure.add_annotation(x=1 + critical, y=CRITICAL, text="CD", xanchor="left", showarrow=False, xshift=6)
    return _framed(figure, count, max((place.row for place in found), default=1), title)


def _framed(figure: "go.Figure", count: int, rows: int, title: str) -> "go.Figure":
    """The axis of ranks on top, with room for names at both sides."""
    wide = 0.42 * (count - 1)
    figure.update_xaxes(
        side="top",
        range=[1 - wide, count + wide],
        tickvals=list(range(1, count + 1)),
        showgrid=False,
        zeroline=False,
        title="mean rank, the best at the left",
    )
    figure.update_yaxes(range=[rows + 0.7, CRITICAL - 0.5], visible=False, fixedrange=True)
    return framed(figure, height=AROUND + ROW * (rows + 2), title=title)


def _line(figure: "go.Figure", x: Sequence[float], y: Sequence[float], *, width: float, words: str = "") -> None:
    figure.add_scatter(
        x=list(x),
        y=list(y),
        mode="lines",
        line={"color": NEUTRAL, "width": width},
        customdata=[[words]] * len(x),
        **({"hovertemplate": HOVER} if words else {"hoverinfo": "skip"}),
        showlegend=False,
    )


def _not_told(clique: Sequence[str]) -> str:
    return "not told apart:<br>" + "<br>".join(chart_text(name) for name in clique)
