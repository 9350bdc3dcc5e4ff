"""stratified_split: shares, labels spread, groups together, seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.data.split import SHARES, stratified_split


def random_labels(n: int, c: int, share: float, seed: int) -> np.ndarray:
    """Label rows from a seed."""
    return np.random.default_rng(seed).random((n, c)) < share


def test_shares_are_kept():
    """1,000 items are split into 700, 100 and 200 within 2 %, and each label in about the same shares."""
    y = random_labels(1000, 12, 0.1, 0)
    split = stratified_split(y, SHARES, seed=0)
    for name, share in SHARES.items():
        assert abs((split == name).mean() - share) < 0.02
        assert np.abs(y[split == name].sum(0) - share * y.sum(0)).max() <= 2


def test_rare_labels_reach_every_split():
    """A label of ten items has seven, one and two; a random split often has none in one of the splits."""
    y = np.zeros((500, 5), dtype=bool)
    for c in range(5):
        y[c * 40 : c * 40 + 10, c] = True
    for seed in range(5):
        split = stratified_split(y, SHARES, seed=seed)
        assert [y[split == name].sum(0).tolist() for name in SHARES] == [[7] * 5, [1] * 5, [2] * 5]


def test_same_seed_same_split():
    """Equal seeds give equal splits, another seed another one."""
    y = random_labels(200, 6, 0.2, 1)
    assert (stratified_split(y, SHARES, seed=3) == stratified_split(y, SHARES, seed=3)).all()
    assert (stratified_split(y, SHARES, seed=3) != stratified_split(y, SHARES, seed=4)).any()


@given(
    n=st.integers(1, 40),
    c=st.integers(1, 5),
    share=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 9),
    num_groups=st.integers(1, 40),
)
def test_groups_stay_together(n, c, share, seed, num_groups):
    """For any labels and groups, every item has a split, and a group has only one."""
    groups = np.random.default_rng(seed).integers(0, num_groups, n)
    split = stratified_split(random_labels(n, c, share, seed), SHARES, seed=seed, groups=groups)
    assert set(split) <= set(SHARES)
    for group in set(groups.tolist()):
        assert len(set(split[groups == group])) == 1


@pytest.mark.parametrize("n", [3, 4, 5, 7, 10])
def test_no_split_is_empty(n):
    """Three items give three splits, whatever their labels."""
    for y in (np.zeros((n, 2), dtype=bool), np.ones((n, 2), dtype=bool), random_labels(n, 3, 0.5, n)):
        assert set(stratified_split(y, SHARES, seed=0)) == set(SHARES)


def test_no_items():
    """No items give an empty result."""
    assert len(stratified_split(np.zeros((0, 3), dtype=bool), SHARES, seed=0)) == 0
