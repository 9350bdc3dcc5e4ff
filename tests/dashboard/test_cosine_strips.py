"""Cosines to an anchor by relation: every item on the row of its relation, at its cosine, on a scale for all strips."""

import numpy as np
import pytest

from dashboard.figures.colours import RELATION_BY_NAME, RELATIONS
from dashboard.figures.cosine_strips import SYMBOLS, cosine_strips, lowest

COSINE = np.array([1.0, 0.9, 0.8, 0.5, 0.3, 0.12])
CODES = np.array([0, 2, 4, 4, 1, 1])  # the anchor itself has none
NAMES = ["anchor", "twin", "inner", "small", "far", "farther"]


def series(kind: str) -> list[dict]:
    """The series of a kind."""
    found = cosine_strips(COSINE, CODES, NAMES, low=0.1, ink="#000")
    return [one for one in found["series"] if one["type"] == kind]


def test_every_item_stands_on_its_row() -> None:
    """All but the anchor, in the colour and shape of the relation, within the height of its row."""
    rows = list(reversed(RELATIONS))
    points = {one["name"]: one for one in series("scatter") if "name" in one}
    assert set(points) == {"equal", "superset", "disjoint"}
    for name, one in points.items():
        mark = RELATION_BY_NAME[name]
        assert one["itemStyle"]["color"] == mark.colour
        assert one["symbol"] == SYMBOLS[mark.shape]
        of = np.flatnonzero(mark.code == CODES)
        assert [point["name"] for point in one["data"]] == [NAMES[item] for item in of]
        assert [point["value"][0] for point in one["data"]] == pytest.approx(COSINE[of])
        assert all(abs(point["value"][1] - rows.index(mark)) < 0.4 for point in one["data"])


def test_lines_and_names_tell_count_and_mean() -> None:
    """One line at the mean of each row that has items; a row without any says so."""
    assert [line["data"][0][0] for line in series("line")] == pytest.approx([0.21, 0.65, 0.9])
    words = [one["data"][0]["name"] for one in series("scatter") if "name" not in one]
    assert words == [
        "none shared: 2\nmean 0.21",
        "some shared: 0\nnone",
        "more labels: 0\nnone",
        "fewer labels: 2\nmean 0.65",
        "same labels: 1\nmean 0.90",
    ]


def test_one_scale_holds_all_points() -> None:
    """It begins at the tenth below the lowest cosine of any strip and ends at 1; marks of a shape have one size."""
    assert lowest(COSINE, np.array([-0.31, 0.5])) == pytest.approx(-0.4)
    assert lowest(COSINE) == pytest.approx(0.1)
    options = cosine_strips(COSINE, CODES, NAMES, low=-0.4, ink="#000")
    assert (options["xAxis"]["min"], options["xAxis"]["max"]) == (-0.4, 1)
    sizes = {one["symbol"]: one["symbolSize"] for one in options["series"] if one.get("name")}
    other = {one["symbol"]: one["symbolSize"] for one in series("scatter") if one.get("name")}
    assert sizes == other
