"""The forest plot as data: where points and intervals stand, what hovering says, and that names are inert."""

import json

import pytest

from dashboard.figures.forest import MAX_NAME, STYLES, ForestRow, forest
from dashboard.figures.formatting import chart_text, middle_cut

NAN = float("nan")


def test_points_and_intervals_stand_where_they_are() -> None:
    """Two methods from the top; the arms of the bars reach the ends of the intervals."""
    rows = [ForestRow("ANY", 0.42, 0.40, 0.45), ForestRow("ALL", 0.40, 0.37, 0.41)]
    figure = forest(rows, "macro-F1")
    (points,) = figure.data
    assert (list(points.x), list(points.y)) == ([0.42, 0.40], [0, 1])
    assert [x + up for x, up in zip(points.x, points.error_x.array, strict=True)] == pytest.approx([0.45, 0.41])
    assert [x - down for x, down in zip(points.x, points.error_x.arrayminus, strict=True)] == pytest.approx([0.4, 0.37])
    assert list(figure.layout.yaxis.ticktext) == ["ANY", "ALL"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first on top
    assert points.customdata[0][0] == "<b>ANY</b><br>0.420 [0.400, 0.450]"


def test_groups_stand_under_their_names_in_colour_and_shape() -> None:
    """Each group has a line for its name, and another colour and shape than the next."""
    rows = [
        ForestRow("a", 1, 0, 2, "macro-F1"),
        ForestRow("b", 2, 1, 3, "micro-F1"),
        ForestRow("a", 3, 2, 4, "micro-F1"),
    ]
    figure = forest(rows, "")
    assert list(figure.layout.yaxis.ticktext) == ["<b>macro-F1</b>", "a", "<b>micro-F1</b>", "b", "a"]
    assert [list(points.y) for points in figure.data] == [[1], [3, 4]]
    assert [(points.marker.color, points.marker.symbol) for points in figure.data] == list(STYLES[:2])


@pytest.mark.parametrize(("low", "high"), [(None, None), (NAN, NAN), (0.1, None)])
def test_a_point_without_an_interval_is_hollow(low, high) -> None:
    """It has no bar, another shape, and hovering says why."""
    figure = forest([ForestRow("ANY", 0.4, low, high, note="one seed"), ForestRow("ALL", 0.3, 0.2, 0.4)], "")
    whole, hollow = figure.data
    assert (hollow.marker.symbol, hollow.error_x.array) == ("circle-open", None)
    assert hollow.customdata[0][0] == "<b>ANY</b><br>0.400 no interval<br>one seed"
    assert (list(whole.y), list(hollow.y)) == ([1], [0])


@pytest.mark.parametrize("value", [None, NAN])
def test_a_row_without_a_value_keeps_its_line(value) -> None:
    """Its name stands there with the note, and no point."""
    figure = forest([ForestRow("BCE", value, note="not trained yet"), ForestRow("ALL", 0.3, 0.2, 0.4)], "")
    assert list(figure.layout.yaxis.ticktext) == ["BCE (not trained yet)", "ALL"]
    assert [list(points.y) for points in figure.data] == [[1]]


def test_lines_for_no_difference_and_for_marked_values() -> None:
    """A line at zero where differences are drawn, dashed and named ones at other values; none without."""
    assert not forest([ForestRow("a", 1)], "").layout.shapes
    figure = forest(
        [ForestRow("a", 0.01, -0.01, 0.03)], "", zero=0.0, marked={"untrained": 0.31, "items <as> given": 0.3}
    )
    assert [(line.x0, line.line.dash) for line in figure.layout.shapes] == [(0, None), (0.31, "dash"), (0.3, "dash")]
    words = [annotation.text for annotation in figure.layout.annotations]
    assert words == ["untrained 0.310", "items &lt;as&gt; given 0.300"]


def test_long_names_are_cut_in_the_middle() -> None:
    """Both ends stay, because variants differ at the end; hovering shows the whole name."""
    name = "similarity_dissimilarity with a temperature of 0.05"
    figure = forest([ForestRow(name, 1, 0, 2)], "")
    (shown,) = figure.layout.yaxis.ticktext
    assert len(shown) == MAX_NAME
    assert (shown[:10], shown[-8:]) == (name[:10], name[-8:])
    assert name in figure.data[0].customdata[0][0]
    assert [middle_cut("abcdefgh", longest) for longest in (8, 7, 4)] == ["abcdefgh", "ab…efgh", "a…gh"]


def test_text_of_users_is_inert() -> None:
    """Tags, entities, formulas and fields of the hover text reach Plotly as characters."""
    bad = "<b onclick=x>&lt; $\\frac{1}{2}$ %{x}\u202e\n"
    told = chart_text(bad)
    assert told == "&lt;b onclick=x&gt;&amp;lt; &#36;\\frac{1}{2}&#36; %{x}"
    figure = forest([ForestRow(bad, 1, 0, 2, bad, bad), ForestRow(bad, None, note=bad)], bad, marked={bad: 1.0})
    sent = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
    assert "<b o" not in sent
    assert "$" not in sent
    # what the template reads is ours; user text comes in its data
    assert {points.hovertemplate for points in figure.data} == {"%{customdata[0]}<extra></extra>"}


def test_colours_are_readable_on_both_pages() -> None:
    """At least 3:1 (WCAG, graphics) against the light and the dark page."""
    for colour, _ in STYLES:
        for page in ("#FFFFFF", "#12151A"):
            light, dark = sorted((_luminance(colour), _luminance(page)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3


@pytest.mark.parametrize(("dark", "ink"), [(None, None), (False, "#1C2127"), (True, "#E8EBF0")])
def test_names_are_in_the_colour_of_the_page(dark, ink) -> None:
    """Of its text, where the theme is known."""
    layout = forest([ForestRow("a", 1)], "", dark=dark).layout
    assert (layout.yaxis.tickfont.color, layout.xaxis.tickfont.color, layout.font.color) == (ink,) * 3


def test_no_rows() -> None:
    """An empty plot, as long as nothing is known."""
    assert not forest([], "").data


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
