"""Force by relation, as bars and in words."""

import pytest

from dashboard.figures.force_bars import balance, force_options, round_above, totals

FORCES = {1: (0.0, 0.6), 2: (-0.4, 0.1), 3: (-0.1, 0.0), 4: (-0.2, 0.0), 5: (0.0, 0.0)}


def bars(options: dict, name: str) -> list:
    """Values of one series, from the lowest line upwards."""
    return next(series["data"] for series in options["series"] if series["name"] == name)


def test_pulls_and_pushes_stand_apart_and_stack() -> None:
    """A bar for each relation and side, once on its own line and once stacked in "all"; the axis is symmetric."""
    options = force_options(FORCES, dark=False)
    assert options["yAxis"]["data"] == [
        "all",
        "none shared",
        "some shared",
        "more labels",
        "fewer labels",
        "same labels",
    ]
    assert options["xAxis"]["min"] == -options["xAxis"]["max"] == pytest.approx(-0.8)
    assert bars(options, "none shared, pushes") == [0.6, 0.6, None, None, None, None]
    assert bars(options, "same labels, pulls") == [-0.4, None, None, None, None, -0.4]
    assert bars(options, "same labels, pushes") == [0.1, None, None, None, None, 0.1]
    assert {series["stack"] for series in options["series"]} == {"now"}
    assert sum(series["data"][0] for series in options["series"]) == pytest.approx(0)


@pytest.mark.parametrize(("dark", "colours"), [(False, ("#332288", "#D55E00")), (True, ("#A99BF5", "#FF8A3D"))])
def test_colours_of_the_sides(dark: bool, colours: tuple[str, str]) -> None:
    """Pulls and pushes have the colours of the arrows, with readable ones on a dark page."""
    for series in force_options(FORCES, dark=dark)["series"]:
        assert series["itemStyle"]["color"] == colours[series["name"].endswith("pushes")]


def test_before_is_an_outline_of_the_same_scale() -> None:
    """Earlier forces are outlines under the bars, and the axis covers both."""
    before = dict.fromkeys(range(1, 6), (-0.5, 0.5))
    options = force_options(FORCES, dark=False, before=before)
    assert options["xAxis"]["max"] == pytest.approx(4.0)
    outlines = [series for series in options["series"] if series["stack"] == "before"]
    assert len(outlines) == 10
    assert {series["itemStyle"]["color"] for series in outlines} == {"transparent"}


def test_no_force_at_all_is_an_empty_chart() -> None:
    """Without forces the axis has a positive width."""
    assert force_options(dict.fromkeys(range(1, 6), (0.0, 0.0)), dark=False)["xAxis"]["max"] == 1.0


@pytest.mark.parametrize(
    ("forces", "reason", "words"),
    [
        ({1: (-0.25, 0.0), 2: (0.0, 0.25)}, "", "pulls −0.2500, pushes +0.2500: net 0"),
        ({1: (-0.25, 0.0), 2: (0.0, 0.2500001)}, "never", "pulls −0.2500, pushes +0.2500: net 0"),
        (
            {1: (-0.5, 0.0), 2: (0.0, 0.25)},
            "a term is detached",
            "pulls −0.5000, pushes +0.2500: net −0.2500, because a term is detached",
        ),
        ({1: (-0.5, 0.0), 2: (0.0, 0.25)}, "", "pulls −0.5000, pushes +0.2500: net −0.2500"),
        ({1: (0.0, 0.0)}, "never", "no pulls, no pushes"),
    ],
)
def test_the_sum_in_words(forces: dict, reason: str, words: str) -> None:
    """Net zero is reported as 0, up to the digits of written numbers; a net force comes with its reason."""
    assert balance(forces, reason) == words
    assert totals(forces)[0] <= 0 <= totals(forces)[1]


@pytest.mark.parametrize(
    ("value", "end"), [(0.1348, 0.2), (0.2, 0.2), (0.21, 0.4), (0.9, 1.0), (6e-05, 6e-05), (0, 1.0)]
)
def test_the_axis_ends_at_a_round_number(value: float, end: float) -> None:
    """Its three to five numbers are short; the ends stand at the first round number that holds the longest bar."""
    assert round_above(value) == end
