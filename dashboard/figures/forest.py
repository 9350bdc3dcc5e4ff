"""The forest plot: one line per method or difference, its value as a point and its interval as a bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.figures.colours import DISJOINT, EQUAL, REPEL, SUPERSET
from dashboard.figures.formatting import chart_text, middle_cut

if TYPE_CHECKING:
    import plotly.graph_objects as go

MAX_NAME = 34  # characters of a name beside its point: a fifth of a page of 1280 pixels; hovering shows all of it
ROW, NAME_HEIGHT, BELOW = 30, 14, 36  # pixels: a line, the name of a marked value, the axis
INK, INK_ON_DARK = "#1C2127", "#E8EBF0"  # text of the themes
# of the groups, in turn; colour is never the only cue, and these are readable on a light and on a dark page
STYLES = ((SUPERSET, "circle"), (REPEL, "square"), (EQUAL, "diamond"))
NO_INTERVAL = "no interval"


@dataclass(frozen=True)
class ForestRow:
    """One line of the plot.

    Attributes:
        name: Beside the point.
        value: Where the point stands; None or NaN: the line stays empty, with the note.
        low, high: Ends of the interval; None or NaN: the point is hollow, and hovering says that it has none.
        group: Lines of one group that follow each other stand under its name; empty: without one.
        note: What hovering adds.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    group: str = ""
    note: str = ""


def forest(
    rows: Sequence[ForestRow],
    title: str,
    zero: float | None = None,
    *,
    marked: Mapping[str, float] | None = None,
    dark: bool | None = None,
) -> "go.Figure":
    """The plot, first row on top. Names, title and notes may be text of users: none of it acts as markup.

    Args:
        rows: Any number of lines.
        title: Above the plot; empty: none.
        zero: Where a line through all rows says "no difference"; None: no such line.
        marked: Further values with their names, as dashed lines, such as the encoder before training.
        dark: Whether the page is dark: names are in the colour of its text. None: in the chart theme's.
    """
    import plotly.graph_objects as go

    figure, places = go.Figure(), _places(rows)
    for name, lines in _groups(rows, places).items():
        for hollow in (False, True):
            found = [(place, row) for place, row in lines if _is_number(row.value) and _has_interval(row) != hollow]
            if found:
                figure.add_scatter(**_points(found, *_style(rows, name), hollow=hollow))
    _mark(figure, zero, marked or {})
    heads = {place: f"<b>{chart_text(middle_cut(name, MAX_NAME))}</b>" for place, name in places[1].items()}
    ticks = dict(sorted(({place: _tick(row) for place, row in zip(places[0], rows, strict=True)} | heads).items()))
    top = (36 if title else 8) + NAME_HEIGHT * min(len(marked or {}), 2)
    ink = {} if dark is None else {"color": INK_ON_DARK if dark else INK}
    figure.update_layout(
        title={"text": chart_text(title), "font": {"size": 15}},
        height=ROW * len(ticks) + top + BELOW,
        margin={"l": 8, "r": 16, "t": top, "b": BELOW},
        font=ink,
        showlegend=False,
        hovermode="closest",
        xaxis={"automargin": True, "zeroline": False, "tickformat": "~g", "nticks": 8, "tickfont": ink},
        yaxis={
            "automargin": True,
            "tickmode": "array",
            "tickvals": list(ticks),
            "ticktext": list(ticks.values()),
            "tickfont": ink,
            "range": [len(ticks) - 0.4, -0.6],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    )
    return figure


def _places(rows: Sequence[ForestRow]) -> tuple[list[int], dict[int, str]]:
    """The place of each row from the top, and those of the names of groups."""
    places: list[int] = []
    heads: dict[int, str] = {}
    for number, row in enumerate(rows):
        if row.group and (number == 0 or rows[number - 1].group != row.group):
            heads[len(places) + len(heads)] = row.group
        places.append(len(places) + len(heads))
    return places, heads


def _groups(
    rows: Sequence[ForestRow], places: tuple[list[int], dict[int, str]]
) -> dict[str, list[tuple[int, ForestRow]]]:
    found: dict[str, list[tuple[int, ForestRow]]] = {}
    for place, row in zip(places[0], rows, strict=True):
        found.setdefault(row.group, []).append((place, row))
    return found


def _style(rows: Sequence[ForestRow], group: str) -> tuple[str, str]:
    names = list(dict.fromkeys(row.group for row in rows))
    return STYLES[names.index(group) % len(STYLES)]


def _points(lines: Sequence[tuple[int, ForestRow]], colour: str, symbol: str, *, hollow: bool) -> dict[str, Any]:
    given: dict[str, Any] = {
        "x": [row.value for _, row in lines],
        "y": [place for place, _ in lines],
        "mode": "markers",
        "marker": {
            "size": 10,
            "color": colour,
            "symbol": f"{symbol}-open" if hollow else symbol,
            "line": {"width": 2, "color": colour},
        },
        "customdata": [[_told(row)] for _, row in lines],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    if not hollow:
        given["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [row.high - row.value for _, row in lines],  # type: ignore[operator]
            "arrayminus": [row.value - row.low for _, row in lines],  # type: ignore[operator]
            "color": colour,
            "thickness": 2,
            "width": 5,
        }
    return given


def _told(row: ForestRow) -> str:
    """What hovering shows: name, group, value with its interval, note."""
    interval = f"[{row.low:.3f}, {row.high:.3f}]" if _has_interval(row) else NO_INTERVAL
    lines = [f"<b>{chart_text(row.name)}</b>", chart_text(row.group), f"{row.value:.3f} {interval}"]
    return "<br>".join(filter(None, [*lines, chart_text(row.note)]))


def _tick(row: ForestRow) -> str:
    name = middle_cut(row.name, MAX_NAME)
    return chart_text(name if _is_number(row.value) else f"{name} ({row.note or 'no value'})")


def _mark(figure: "go.Figure", zero: float | None, marked: Mapping[str, float]) -> None:
    if zero is not None:
        figure.add_vline(zero, line={"color": DISJOINT, "width": 1.5})
    for number, (name, value) in enumerate(marked.items()):
        figure.add_vline(value, line={"color": DISJOINT, "width": 1.5, "dash": "dash"})
        # names beside each other's lines take turns in height, because their values may be close
        figure.add_annotation(
            x=value,
            y=1,
            yref="paper",
            yanchor="bottom",
            yshift=NAME_HEIGHT * (number % 2),
            text=chart_text(f"{middle_cut(name, MAX_NAME)} {value:.3f}"),
            showarrow=False,
            font={"size": 11},
        )


def _has_interval(row: ForestRow) -> bool:
    return _is_number(row.low) and _is_number(row.high)


def _is_number(value: float | None) -> bool:
    return value is not None and abs(value) < float("inf")
