"""The two intervals: against scipy, by hand, and the laws that join interval and p value."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlcl_core.errors import InputError
from mlcl_core.statistics import (
    MAX_BCA,
    Resampled,
    by_sums,
    count_chunks,
    interval_items,
    interval_method,
    p_items,
    p_method,
    resample,
    resample_counts,
)


def skewed(items: int, seed: int = 0) -> np.ndarray:
    """A sample whose mean has a skewed distribution."""
    return np.random.default_rng(seed).exponential(size=items)


def mean_resampled(x: np.ndarray, resamples: int = 9_999, seed: int = 0) -> Resampled:
    """Resamples of a mean."""
    return resample(
        [by_sums(x[:, None], lambda total: total[..., 0] / len(x))], len(x), resamples=resamples, seed=seed
    )[0]


@pytest.mark.parametrize(("items", "method"), [(40, "bca"), (MAX_BCA, "percentile")])
def test_equals_scipy(items: int, method: str) -> None:
    """BCa below 200 items and percentiles from there on, as scipy.stats.bootstrap gives them, up to its own draws."""
    x = skewed(items)
    found = interval_items(mean_resampled(x))
    assert (found.method, found.kind, found.items, found.resamples) == (method, "these models", items, 9_999)
    want = stats.bootstrap(
        (x,), np.mean, n_resamples=9_999, method={"bca": "BCa"}.get(method, method), rng=np.random.default_rng(1)
    ).confidence_interval
    tolerance = 0.03 * (want.high - want.low)
    assert found.low == pytest.approx(want.low, abs=tolerance)
    assert found.high == pytest.approx(want.high, abs=tolerance)


def test_bca_is_scipys_on_the_same_resamples() -> None:
    """The shares that BCa takes instead of 2.5 and 97.5 % are scipy's, to the last rank."""
    from scipy.stats._resampling import _bca_interval

    x, resampled = skewed(30), mean_resampled(skewed(30))
    low, high, _ = _bca_interval((x,), lambda data, axis: data.mean(axis), -1, 0.025, resampled.values, None, np)
    ordered, found = np.sort(resampled.values), interval_items(resampled)
    # of 9,999 resamples a share of 10,000 is a rank; ends fall outwards
    assert found.low == ordered[int(10_000 * low) - 1]
    assert found.high == ordered[10_000 - int(10_000 * (1 - high)) - 1]


def test_percentiles_by_hand() -> None:
    """Of 1, ..., 39 the ends are the first and the last: rank (39 + 1) .025 = 1 from either end."""
    of_39 = Resampled(20.0, np.arange(1.0, 40.0), None, 300)
    assert (interval_items(of_39).low, interval_items(of_39).high) == (1, 39)
    assert p_items(of_39) == pytest.approx(2 / 40)
    assert p_items(Resampled(20.0, np.arange(-1.0, 38.0), None, 300)) == pytest.approx(2 * 3 / 40)
    with pytest.raises(InputError, match="38 resamples are too few for an interval: 39 are the least"):
        interval_items(Resampled(20.0, np.arange(38.0), None, 300))


def test_where_bca_is_not_defined_percentiles_are_taken() -> None:
    """No item alone changes the number, or all resamples lie on one side of it: the method is named percentile."""
    values = np.random.default_rng(0).normal(size=999)
    still = Resampled(0.0, values, np.zeros(50), 50)
    beside = Resampled(9.0, values, np.random.default_rng(1).normal(size=50), 50)
    for resampled in (still, beside):
        found = interval_items(resampled)
        assert found.method == "percentile"
        plain = interval_items(Resampled(resampled.value, values, None, 50))
        assert (found.low, found.high) == (plain.low, plain.high)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([39, 199, 1_000]), st.booleans(), st.floats(-1, 1), st.booleans())
def test_the_interval_excludes_0_just_where_p_is_at_most_alpha(seed, resamples, few, shift, ties) -> None:
    """One construction: an end beyond 0 and p of at most .05 are the same event, with BCa as with percentiles."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(2.0, size=resamples) - 2 + shift * 3
    values = np.round(values, 1) if ties else values
    left = rng.gamma(2.0, size=20) if few else None
    resampled = Resampled(float(np.median(values)), values, left, 20 if few else 400)
    found = interval_items(resampled)
    assert (0.0 not in found) == (p_items(resampled) <= 0.05 + 1e-12)
    assert 0 < p_items(resampled) <= 1


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=25, deadline=None)
def test_the_other_way_round(seed, few) -> None:
    """B minus A mirrors A minus B: the interval is reflected, p stays."""
    rng = np.random.default_rng(seed)
    values, left = rng.gamma(2.0, size=999) - 1, rng.gamma(2.0, size=20) if few else None
    one = Resampled(1.0, values, left, 20)
    other = Resampled(-1.0, -values, None if left is None else -left, 20)
    assert interval_items(one).low == pytest.approx(-interval_items(other).high)
    assert p_items(one) == pytest.approx(p_items(other))


def test_the_method_by_hand() -> None:
    """Seeds 1, 2, 3 (sd 1) and a standard error of .5 by 101 items: variances 1/4 and 1/3, 7 in 12 together.

    Degrees of freedom (7/12)^2 / ((1/4)^2 / 100 + (1/3)^2 / 2) = 6.0565...
    """
    found = interval_method(np.array([1.0, 2.0, 3.0]), 0.5, 101)
    assert found is not None
    df = (7 / 12) ** 2 / ((1 / 4) ** 2 / 100 + (1 / 3) ** 2 / 2)
    half = stats.t.ppf(0.975, df) * (7 / 12) ** 0.5
    assert (found.low, found.high, found.df) == pytest.approx((2 - half, 2 + half, df))
    assert (found.kind, found.method, found.seeds, found.items) == ("the method", "t", 3, 101)
    assert p_method(np.array([1.0, 2.0, 3.0]), 0.5, 101) == pytest.approx(2 * stats.t.sf(2 / (7 / 12) ** 0.5, df))


def test_seeds_alone_are_students_t() -> None:
    """Without an error of the items the interval and p are those of scipy's test of one sample."""
    values = np.array([0.1, 0.3, 0.2, 0.4])
    found = interval_method(values, 0.0, 400)
    want = stats.ttest_1samp(values, 0)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(want.confidence_interval()))
    assert (p_method(values, 0.0, 400), found.df) == pytest.approx((want.pvalue, 3))


def test_items_alone_are_students_t_too() -> None:
    """Without a spread of the seeds the degrees of freedom are those of the items."""
    found = interval_method(np.full(5, 0.2), 0.1, 400)
    assert found is not None
    assert found.df == pytest.approx(399)
    assert p_method(np.full(5, 0.2), 0.1, 400) == pytest.approx(2 * stats.t.sf(2, 399))


def test_two_seeds_say_nothing() -> None:
    """Fewer than 3 seeds: no interval of the method, p 1; no spread at all: no doubt either way."""
    assert interval_method(np.array([0.1, 0.2]), 0.1, 400) is None
    assert p_method(np.array([0.1, 0.2]), 0.1, 400) == 1
    assert (p_method(np.full(3, 0.5), 0.0, 400), p_method(np.zeros(3), 0.0, 400)) == (0, 1)


def test_resamples_are_multinomial() -> None:
    """Each row sums to the number of items; a seed gives equal bits; a count has mean 1 and variance 1 - 1/n."""
    counts = resample_counts(50, 4_000, 3)
    assert counts.dtype == np.int32
    assert (counts.sum(1) == 50).all()
    assert (counts == resample_counts(50, 4_000, 3)).all()
    assert counts.mean() == 1
    assert counts.var() == pytest.approx(1 - 1 / 50, rel=0.03)
    assert np.cov(counts[:, 0], counts[:, 1])[0, 1] == pytest.approx(-1 / 50, abs=0.06)


def test_many_items_are_resampled_in_parts(monkeypatch) -> None:
    """What is held at once is bounded, and the parts are the rows of the whole."""
    whole = resample_counts(7, 100, 1)
    monkeypatch.setattr(sys.modules["mlcl_core.statistics.resample"], "CHUNK", 70)
    parts = list(count_chunks(7, 100, 1))
    assert [len(part) for part in parts] == [10] * 10
    assert (np.concatenate(parts) == whole).all()


def test_without_items() -> None:
    """Nothing to resample is one line."""
    with pytest.raises(InputError, match="there is no test item"):
        resample_counts(0, 10, 0)
