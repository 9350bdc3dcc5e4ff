"""The charts of a study as data: where points, intervals and names stand, and that names are inert."""

import json
import math

import pytest

from dashboard.figures.forest import ForestRow
from dashboard.figures.print_study import bands_sheet, curves_sheet, forest_sheet, ranks_sheet
from dashboard.figures.study_bands import BANDS, BandPoint, bands_figure
from dashboard.figures.study_curves import Curve, CurvePoint, curves_figure, is_logarithmic
from dashboard.figures.study_ranks import places, ranks_figure
from dashboard.figures.study_style import SYMBOLS, interval_words, marks_of

NAN = float("nan")
BAD = "<b onclick=x>&lt; $x$ %{y}"
CURVES = [
    Curve("ANY", (CurvePoint(0.05, 0.40, 0.38, 0.43, 3), CurvePoint(0.5, 0.42, NAN, NAN, 1))),
    Curve(BAD, (CurvePoint(0.05, 0.30, 0.28, 0.31, 3),)),
]
POINTS = [BandPoint(name, band, 0.01, -0.01, 0.02, 4) for name in ("ANY", BAD) for band in ("tail", "head")]
RANKS = {"ANY": 1.5, "ALL": 2.0, BAD: 2.5}


def test_curves_stand_beside_each_other() -> None:
    """Values a factor of ten apart: a logarithmic axis with both as its ticks; bars reach the ends, or are missing."""
    figure = curves_figure(CURVES, setting="temperature", metric="macro-F1")
    first, second = figure.data
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == ["0.05", "0.5"]
    assert first.x[0] < 0.05 < second.x[0]  # not over each other
    assert first.x[0] / 0.05 == pytest.approx(first.x[1] / 0.5)
    assert (first.error_y.array[0], first.error_y.arrayminus[0]) == (pytest.approx(0.03), pytest.approx(0.02))
    assert first.error_y.array[1] is None
    assert first.customdata[1][0] == "<b>ANY</b><br>temperature 0.5<br>0.420 no interval<br>1 seed"
    assert (first.line.color, first.marker.symbol) != (second.line.color, second.marker.symbol)
    assert [is_logarithmic(values) for values in ([], [0, 10], [1, 7], [1, 8], [16, 128])] == [False] * 3 + [True] * 2


def test_bands_go_from_head_to_tail() -> None:
    """Bands without a label are left out; methods stand in one order in each, and 0 is a line where gains are drawn."""
    figure = bands_figure(POINTS, metric="gain", gain=True)
    assert list(figure.layout.xaxis.ticktext) == ["head, 4 labels", "tail, 4 labels"]
    assert [sorted(math.floor(x + 0.5) for x in trace.x) for trace in figure.data] == [[0, 1], [0, 1]]
    assert max(figure.data[0].x[:1]) < max(figure.data[1].x[:1])
    assert figure.layout.shapes[0].y0 == 0
    assert not bands_figure(POINTS, metric="value", gain=False).layout.shapes
    assert BANDS[0] == "head"


def test_names_of_ranks_stand_apart() -> None:
    """The better half at the left, best first; the other at the right, worst first; no two names in one place."""
    ranks = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0}
    found = places(ranks, cliques=2)
    assert [(place.name, place.left) for place in found] == [
        *(("a", True), ("b", True), ("c", True), ("e", False), ("d", False))
    ]
    assert len({(place.left, place.row) for place in found}) == 5
    figure = ranks_figure(RANKS, [("ANY", "ALL"), ("ALL",)])
    thick = [trace for trace in figure.data if trace.line.width == 5]
    assert [list(trace.x) for trace in thick] == [[1.5, 2.0]]  # one method alone is no line
    assert [note.text for note in figure.layout.annotations][:2] == ["ANY · 1.50", "ALL · 2.00"]


def test_text_of_users_is_inert() -> None:
    """Tags and dollar signs reach Plotly as characters, and templates hold none of it."""
    figures = [
        curves_figure(CURVES, setting=BAD, metric=BAD, title=BAD),
        bands_figure(POINTS, metric=BAD, gain=True, title=BAD),
        ranks_figure(RANKS, [tuple(RANKS)], title=BAD),
    ]
    for figure in figures:
        sent = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<b o" not in sent
        assert "$" not in sent
        assert {trace.hovertemplate for trace in figure.data} <= {"%{customdata[0]}<extra></extra>", None}


def test_figures_for_print_hold_their_names_as_text() -> None:
    """Every name, value and note is a text of the SVG, and markup in it is none."""
    rows = [ForestRow(BAD, 0.4, 0.3, 0.5, "data <i>"), ForestRow("ALL", 0.3), ForestRow("failed", None)]
    sheets = {
        "items as given 0.450": forest_sheet(rows, BAD, ["note"], {"items as given": 0.45}, {}),
        "temperature": curves_sheet(CURVES, "temperature", "macro-F1", BAD, ["note"], {}),
        "tail, 4 labels": bands_sheet(POINTS, "gain", BAD, ["note"], {}),
        "ANY · 1.50": ranks_sheet(RANKS, [("ANY", "ALL")], 1.1, BAD, {}),
    }
    for words, sheet in sheets.items():
        svg = sheet.file("svg").decode()
        assert words in svg
        assert "&lt;b onclick=x&gt;&amp;lt; $x$ %{y}" in svg
        assert "<b onclick" not in svg


def test_marks_differ_in_shape() -> None:
    """Twelve methods have twelve marks, each a colour with a shape that Plotly knows; further ones come again."""
    marks = marks_of([f"m{place}" for place in range(13)])
    assert len(set(marks.values())) == 12
    assert marks["m0"] == marks["m12"]
    assert {shape for _, shape in marks.values()} <= SYMBOLS.keys()
    assert [interval_words(0.1, 0.25), interval_words(-0.1, 0.2, signed=True), interval_words(NAN, 1)] == [
        *("[0.100, 0.250]", "[-0.100, +0.200]", "")
    ]
