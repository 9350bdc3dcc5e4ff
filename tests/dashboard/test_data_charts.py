"""Charts of a data set: shares with their errors in words, axes that begin where the numbers are, rules grouped."""

import pytest

from dashboard.figures.data import (
    alike,
    legend_height,
    line_name,
    relation_options,
    with_error,
    without_positive_options,
)

NONE = {"equal": 0.0, "superset": 0.012, "subset": 0.012, "overlap": 0.1, "disjoint": 0.876}


@pytest.mark.parametrize(
    ("share", "error", "words"),
    [
        (0.0103, 0.0011, "1.03 ± 0.11 %"),
        (0.5, 0.00002, "50.000 ± 0.002 %"),  # 50.00 ± 0.00 % would say that there is no error
        (0.5, 1e-9, "50.0000 ± less than .0001 %"),
        (0.5, 0.0, "50.00 %"),
        (0.00001, 0.0, "0.001 %"),
        (0.0, 0.1, "none"),
    ],
)
def test_an_error_is_never_zero(share: float, error: float, words: str) -> None:
    """An error has the digits it needs; without one, all pairs were counted and the share stands alone."""
    assert with_error(share, error) == words


@pytest.mark.parametrize(("least", "start"), [(0.012, 0.1), (0.021, 1.0), (0.0003, 0.01), (0.9, 10.0)])
def test_the_axis_begins_below_the_smallest_share(least: float, start: float) -> None:
    """At a power of ten, at most half of the smallest share, which so has a bar; no pairs, no bar."""
    shares = NONE | {"superset": least, "subset": least, "overlap": max(0.1, least)}
    options = relation_options(shares, dict.fromkeys(shares, 0.001))
    assert options["xAxis"]["min"] == pytest.approx(start)
    bars = {
        name: bar["value"] for name, bar in zip(options["yAxis"]["data"], options["series"][0]["data"], strict=True)
    }
    assert bars["same labels  none"] is None
    assert min(value for value in bars.values() if value is not None) >= 2 * options["xAxis"]["min"]


def test_rules_with_one_line_share_its_name() -> None:
    """Rules with the same shares are one line and one entry of the legend, which has a line for each entry."""
    alone = {"a": [0.5, 0.1], "b": [0.0, 0.0], "c": [0.5, 0.1], "d": [0.5, 0.2]}
    lines = alike(alone, {name: f"rule {name}" for name in alone})
    assert lines == [(["rule a", "rule c"], (0.5, 0.1)), (["rule b"], (0.0, 0.0)), (["rule d"], (0.5, 0.2))]
    assert [line_name(names) for names, _ in lines] == ["rule a and 1 more", "rule b", "rule d"]
    options = without_positive_options([16, 32], lines)
    assert [series["data"] for series in options["series"]] == [[50, 10], [0, 0], [50, 20]]
    assert options["grid"]["top"] == legend_height(3) > 3 * 14
