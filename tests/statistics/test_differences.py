"""Differences of two: paired resamples, who is ahead, Holm, and how much more would decide."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from mlcl_core.errors import InputError
from mlcl_core.statistics import (
    Needed,
    by_sums,
    compare_items,
    compare_method,
    holm,
    interval_method,
    mean_of,
    minus,
    needed,
    p_improvement,
    resample,
    share_ahead,
)


def of_hits(*hits: np.ndarray, resamples: int = 2_000):
    """Resamples of the accuracy of models, from which items each gets right."""
    items = len(hits[0])
    measures = [by_sums(one.astype(float)[:, None], lambda total: total[..., 0] / items) for one in hits]
    return resample(measures, items, resamples=resamples)


def some_hits(models: int, items: int = 300, seed: int = 0, gain: float = 0.0) -> list[np.ndarray]:
    """Models that err on much the same items; the first ones are better by ``gain``."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=items)
    rises = np.linspace(gain, 0, models)
    return [hard + 0.5 * rng.normal(size=items) < 0.5 + rise for rise in rises]


def test_pairs_are_resampled_together() -> None:
    """The spread of the difference is that of each item's difference, which scipy's paired bootstrap has too."""
    a, b = some_hits(2, gain=0.3)
    found = compare_items(*of_hits(a, b, resamples=9_999))
    want = stats.bootstrap(
        (a.astype(float), b.astype(float)),
        lambda x, y, axis: x.mean(axis) - y.mean(axis),
        paired=True,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found.value == pytest.approx(a.mean() - b.mean())
    assert (found.low, found.high) == pytest.approx((want.low, want.high), abs=0.004)
    apart = minus(*of_hits(a, b))
    assert apart.se == pytest.approx((a.astype(float) - b).std() / 300**0.5, rel=0.05)


def test_equal_predictions_differ_by_nothing() -> None:
    """The difference is exactly 0 in each resample: p is 1, all resamples are ties, and no number of seeds decides."""
    a = some_hits(1)[0]
    found = compare_items(*of_hits(a, a.copy()))
    assert (found.value, found.low, found.high, found.p, found.share_ahead) == (0, 0, 0, 1, 0.5)
    method = compare_method(of_hits(a, a, a), of_hits(a, a, a))
    assert (method.value, method.p, method.p_improvement, method.needed) == (0, 1, 0.5, Needed(None))


def test_a_method_over_seeds() -> None:
    """Value, interval and p are those of the paired seeds with the items' error of their mean difference."""
    hits = some_hits(6, gain=0.4)
    a, b = of_hits(*hits[:3]), of_hits(*hits[3:])
    found = compare_method(a, b)
    per_seed = np.array([one.mean() - other.mean() for one, other in zip(hits[:3], hits[3:], strict=True)])
    want = interval_method(per_seed, minus(mean_of(a), mean_of(b)).se, 300)
    assert found.interval == want
    assert found.value == pytest.approx(per_seed.mean())
    assert (found.seeds, found.df) == (3, want.df)
    with pytest.raises(InputError, match="methods are compared over the same seeds; one has 3, the other 2"):
        compare_method(a, b[:2])


def test_two_seeds_say_nothing_of_a_method() -> None:
    """No interval, p 1, nothing said of how many would decide."""
    a, b = of_hits(*some_hits(2)), of_hits(*some_hits(2, seed=1))
    found = compare_method(a, b)
    assert (found.interval, found.p, found.needed, found.low, found.df) == (None, 1, None, -np.inf, None)


def test_numbers_of_other_items_are_refused() -> None:
    """Resamples of other items, or another number of them, are not subtracted."""
    with pytest.raises(InputError, match="the same items and resamples"):
        minus(of_hits(some_hits(1)[0])[0], of_hits(some_hits(1, items=200)[0])[0])


def test_who_is_ahead() -> None:
    """Ties count half; of a number where lower is better the other one is ahead."""
    differences = np.array([1.0, 2.0, 0.0, -1.0])
    assert share_ahead(differences) == 0.625
    assert share_ahead(differences, up=False) == 0.375


def test_improvement_is_mann_whitneys() -> None:
    """Per data set the Mann-Whitney statistic over the number of pairs of seeds, then the mean, as in rliable."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, (4, 3)).astype(float), rng.integers(0, 5, (4, 5)).astype(float)
    want = [stats.mannwhitneyu(x, y).statistic / 15 for x, y in zip(a, b, strict=True)]
    assert p_improvement(a, b) == pytest.approx(np.mean(want))
    assert p_improvement(a[0], b[0]) == pytest.approx(want[0])
    assert p_improvement(a, b, up=False) == pytest.approx(1 - np.mean(want))


@pytest.mark.parametrize("size", [1, 2, 9])
def test_holm_is_statsmodels(size: int) -> None:
    """Adjusted values are those of multipletests, in the order given, ties and large ones included."""
    p = np.random.default_rng(size).choice([0.0, 0.004, 0.01, 0.012, 0.2, 1.0], size)
    assert holm(p).tolist() == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert holm(np.array([])).size == 0


@settings(max_examples=60, deadline=None)
@given(st.floats(0.001, 0.1), st.floats(0, 0.1), st.floats(0, 0.1), st.integers(3, 6), st.integers(2, 400))
def test_needed_is_the_smallest_number_of_seeds(mean, sd, se_items, seeds, items) -> None:
    """The interval of the same difference excludes 0 with that many seeds, and not with one fewer."""
    per_seed = mean + sd * np.resize([1.0, -1.0, 0.0], seeds)
    mean, sd = abs(per_seed.mean()), per_seed.std(ddof=1)
    found = needed(per_seed, se_items, items)

    def excludes(number: int) -> bool:
        of_items, of_seeds = se_items**2, sd**2 / number
        total = max(of_items + of_seeds, 1e-30)
        df = total**2 / max(of_items**2 / (items - 1) + of_seeds**2 / (number - 1), 1e-60)
        return stats.t.ppf(0.975, df) * total**0.5 < mean

    if found.seeds is not None:
        assert excludes(found.seeds)
        assert found.seeds == 3 or not excludes(found.seeds - 1)
        assert found.items is None
    else:
        assert not excludes(10**7)
        enough = found.items
        assert stats.t.ppf(0.975, enough - 1) * se_items * (items / enough) ** 0.5 < mean
        assert stats.t.ppf(0.975, enough - 2) * se_items * (items / (enough - 1)) ** 0.5 >= mean


def test_needed_by_hand() -> None:
    """Differences of .01 with sd .02 and no error of the items: 18 seeds, as t(17) .02 / sqrt(18) = .00995 < .01."""
    per_seed = 0.01 + 0.02 * np.array([1, -1, 0])
    assert needed(per_seed, 0.0, 400) == Needed(18)
    assert needed(per_seed, 0.01, 400) == Needed(None, 1540)
    a, b = of_hits(*some_hits(3, seed=1)), of_hits(*some_hits(3, seed=1, gain=0.05))
    assert compare_method(a, b, comparisons=10).needed != compare_method(a, b).needed
