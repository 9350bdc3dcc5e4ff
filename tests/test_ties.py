"""Nearest neighbours with ties."""

import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis.extra.numpy import arrays

from mlcl_core.ties import kth_nearest, places
from tests import reference

# small whole numbers: most rows have ties, exact ones; some have no candidate at all
FAR = arrays(
    np.float64,
    strategies.tuples(strategies.integers(0, 4), strategies.integers(0, 8)),
    elements=strategies.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf]),
)
K = strategies.integers(0, 9)


@given(FAR, K)
def test_the_mean_over_all_choices(far: np.ndarray, k: int) -> None:
    """A column's share is how often it is chosen, over all ways to choose the k nearest."""
    found = places(far, k)
    for row, shares in zip(far, found, strict=True):
        ways = reference.choices(row.tolist(), k) if k else [()]
        expected = [sum(j in way for way in ways) / len(ways) for j in range(len(row))]
        assert shares == pytest.approx(expected, abs=1e-12)


@given(FAR, K, strategies.randoms(use_true_random=False))
def test_no_order_counts(far: np.ndarray, k: int, random) -> None:
    """Columns permuted: their shares permute, to the bit."""
    order = random.sample(range(far.shape[1]), far.shape[1])
    assert (places(far[:, order], k) == places(far, k)[:, order]).all()


@given(FAR, K)
def test_as_many_places_as_candidates_allow(far: np.ndarray, k: int) -> None:
    """A row's shares add up to k, or to the number of its candidates; none is beyond 0 and 1."""
    found = places(far, k)
    assert ((found >= 0) & (found <= 1)).all()
    assert found.sum(1) == pytest.approx(np.minimum(np.isfinite(far).sum(1), k), abs=1e-12)


@given(strategies.integers(0, 9), strategies.integers(0, 10**6))
def test_without_ties_the_k_smallest(k: int, seed: int) -> None:
    """Where all differ: 1 for the k smallest of a row, 0 for the others."""
    far = np.random.default_rng(seed).permuted(np.tile(np.arange(9.0), (5, 1)), axis=1)
    assert (places(far, k) == (far < k)).all()


def test_tolerance_by_hand() -> None:
    """Two places: with a tolerance of .1, 1.05 and 1.1 are tied with 1.0 for the second, 1.2 is not; 0 has its own."""
    far = np.array([[1.0, 0.0, 1.05, 1.2, 1.1]])
    assert places(far, 2, 0.1)[0] == pytest.approx([1 / 3, 1, 1 / 3, 0, 1 / 3])
    assert places(far, 2)[0].tolist() == [1, 1, 0, 0, 0]
    assert places(np.vstack([far, far]), 2, np.array([[0.1], [0.0]]))[1].tolist() == [1, 1, 0, 0, 0]


def test_kth_nearest() -> None:
    """The k-th smallest of each row; where there are fewer candidates, or columns, none is near."""
    far = np.array([[3.0, 1, 2], [np.inf, 1, np.inf]])
    assert kth_nearest(far, 2).tolist() == [[2], [np.inf]]
    assert kth_nearest(far, 4).tolist() == [[np.inf], [np.inf]]
