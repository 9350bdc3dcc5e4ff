"""Numbers and clauses as sentences have them."""

import pytest

from mlcl_core.statistics import Difference, Interval, Needed
from mlcl_core.statistics.sentences import count, ends, gain, listed, number, round_up, too_few, would_decide


def test_numbers() -> None:
    """Three decimals without a zero before the point; what rounds to nothing has no sign."""
    assert [number(value) for value in (0.0124, -0.5, 1.25, 0.9999, -0.0001, 0.0, 10.5)] == [
        ".012",
        "-.500",
        "1.250",
        "1.000",
        ".000",
        ".000",
        "10.500",
    ]
    assert number(0.0625, 4) == ".0625"


def test_a_gain_is_positive_where_the_first_is_better() -> None:
    """Of an error the sign is turned, and the ends of the interval change places."""
    interval = Interval(-0.021, -0.003, "the method", "t", items=400, seeds=3, df=5.0)
    difference = Difference(-0.012, interval, 0.01, 1.0)
    assert gain(difference, up=False) == ".012 [.003, .021]"
    assert gain(difference, up=True) == "-.012 [-.021, -.003]"
    assert ends(interval) == "[-.021, -.003]"
    assert gain(Difference(0.5, None, 1.0, 1.0), up=True) == ".500"


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (None, ""),
        (Needed(11), "11 seeds would decide it"),
        (Needed(4_000), "more than 1,000 seeds would be needed"),
        (Needed(None), "no number of seeds would decide it"),
        (Needed(None, 1_234), "no number of seeds would decide it on so few test items: 1,300 are the least"),
    ],
)
def test_what_would_decide(needed, said) -> None:
    """Seeds, or items where no number of seeds does."""
    assert would_decide(needed) == said


def test_words() -> None:
    """Numbers of things, rows of words, and round numbers that are not below."""
    assert (count(1, "seed"), count(0, "seed"), count(1_200, "pair")) == ("1 seed", "0 seeds", "1,200 pairs")
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == (
        "",
        "a",
        "a and b",
        "a, b and c",
    )
    assert [round_up(value) for value in (7, 99, 101, 1_000, 1_234)] == [7, 99, 110, 1_000, 1_300]
    assert too_few(1) == "with 1 seed nothing is said of a method: 3 are the least"
