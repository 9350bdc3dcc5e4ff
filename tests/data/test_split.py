"""stratified_split: sizes, no label lacking, shares of labels, groups together, seeds."""

from functools import partial
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from mlcl_core.data.split import SHARES, split_sizes, stratified_split
from mlcl_core.data.stratify.iterative import iterative_split

SEVERAL = (SHARES, {"train": 0.85, "validation": 0.15}, {"train": 0.34, "validation": 0.33, "test": 0.33}, {"all": 1.0})


def random_labels(n: int, c: int, share: float, seed: int) -> np.ndarray:
    """Label rows from a seed."""
    return np.random.default_rng(seed).random((n, c)) < share


def long_tail(n: int, c: int, seed: int) -> np.ndarray:
    """Label rows from a seed; label l is in about 30 % / (l + 1) of them."""
    return np.random.default_rng(seed).random((n, c)) < 0.3 / np.arange(1, c + 1)


def counts(y: np.ndarray, split: np.ndarray, names=SHARES) -> np.ndarray:
    """The items of each label in each split, splits x labels."""
    return np.stack([y[split == name].sum(0) for name in names])


def deviation(y: np.ndarray, split: np.ndarray) -> float:
    """Mean difference between the share of a split's items that carry a label of ten or more and that of all items."""
    y = y[:, y.sum(0) >= 10]
    sizes = np.array([[(split == name).sum()] for name in SHARES])
    return float(np.abs(counts(y, split) / np.maximum(sizes, 1) - y.mean(0)).mean())


many_labels = {
    "n": st.integers(1, 40),
    "c": st.integers(1, 6),
    "density": st.sampled_from([0.0, 0.05, 0.2, 0.5, 1.0]),
    "seed": st.integers(0, 99),
    "shares": st.sampled_from(SEVERAL),
}


def test_forty_labels_of_four():
    """160 items with 40 labels of 4: 112 / 16 / 32, every label in training, as many as fit in the others."""
    y = np.kron(np.eye(40), np.ones((4, 1))).astype(bool)
    for seed in range(5):
        split = stratified_split(y, SHARES, seed=seed)
        held = counts(y, split)
        assert held.sum(1).tolist() == [112, 16, 32]
        assert held[0].min() >= 2
        assert (held > 0).sum(1).tolist() == [40, 16, 32]
    assert [(iterative_split(y, SHARES, seed=0) == name).sum() for name in SHARES] == [119, 1, 40]


def test_sizes_by_hand():
    """Rounded by the largest remainder, none 0; 0.7 * 10 is not 6."""
    assert split_sizes(10, [0.7, 0.1, 0.2]).tolist() == [7, 1, 2]
    assert split_sizes(8, [0.7, 0.1, 0.2]).tolist() == [5, 1, 2]  # 5.6, 0.8, 1.6: two more, and the first 0.6 waits
    assert split_sizes(4, [0.7, 0.1, 0.2]).tolist() == [2, 1, 1]
    assert split_sizes(2, [0.7, 0.1, 0.2]).tolist() == [1, 0, 1]


@given(**many_labels)
def test_every_item_has_a_split_and_sizes_are_exact(n, c, density, seed, shares):
    """For any labels and shares the sizes are those of split_sizes: within one item of the share, and none empty."""
    split = stratified_split(random_labels(n, c, density, seed), shares, seed=seed)
    sizes = np.array([(split == name).sum() for name in shares])
    assert sizes.sum() == n
    assert sizes.tolist() == split_sizes(n, list(shares.values())).tolist()
    asked = n * np.array(list(shares.values()))
    assert (np.abs(sizes - asked) < 1).all() or asked.min() < 0.5
    assert sizes.min() > 0 or n < len(shares)


@given(**many_labels)
def test_every_label_is_trained(n, c, density, seed, shares):
    """Wherever there are no more labels than training items, each label that an item carries has a training item."""
    y = random_labels(n, c, density, seed)
    split = stratified_split(y, shares, seed=seed)
    first = next(iter(shares))
    if y.any(0).sum() <= (split == first).sum():
        assert (y[split == first].any(0) == y.any(0)).all()


@settings(max_examples=40)
@given(
    each=st.lists(st.integers(3, 12), min_size=1, max_size=8),
    seed=st.integers(0, 99),
    shares=st.sampled_from(SEVERAL[:3]),
)
def test_a_label_of_three_items_is_in_every_split(each, seed, shares):
    """Where an item carries one label, and no split has fewer items than there are labels, no split lacks a label."""
    y = np.repeat(np.eye(len(each), dtype=bool), each, axis=0)
    split = stratified_split(y, shares, seed=seed)
    if min((split == name).sum() for name in shares) >= len(each):
        assert counts(y, split, shares).min() > 0


@settings(max_examples=30)
@given(n=st.integers(4, 7), c=st.integers(1, 8), density=st.sampled_from([0.1, 0.2, 0.4]), seed=st.integers(0, 999))
def test_training_lacks_only_what_it_must(n, c, density, seed):
    """Among all training splits of that size, none lacks fewer labels."""
    y = random_labels(n, c, density, seed)
    train = stratified_split(y, {"train": 0.5, "test": 0.5}, seed=seed) == "train"
    fewest = min((~y[list(rows)].any(0) & y.any(0)).sum() for rows in combinations(range(n), int(train.sum())))
    assert (~y[train].any(0) & y.any(0)).sum() == fewest


@given(
    **many_labels,
    num_groups=st.integers(1, 40),
    large=st.integers(0, 20),
)
def test_groups_stay_together(n, c, density, seed, shares, num_groups, large):
    """For any labels and groups a group has one split, and no size is further off than the largest group is large."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, num_groups, n)
    group[:large] = 0
    split = stratified_split(random_labels(n, c, density, seed), shares, seed=seed, groups=group * 7 - 3)
    for one in set(group.tolist()):
        assert len(set(split[group == one])) == 1
    asked = split_sizes(n, list(shares.values()))
    found = np.array([(split == name).sum() for name in shares])
    assert np.abs(found - asked).max() <= np.bincount(group).max()
    assert found.min() > 0 or len(set(group.tolist())) < len(shares)


@pytest.mark.parametrize("seed", range(3))
def test_groups_of_three_are_as_exact_as_items(seed):
    """With 200 groups of 1 to 5 items, sizes are exact, each label is trained, and shares of labels are kept."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(200), rng.integers(1, 6, 200))
    y = random_labels(len(group), 10, 0.1, seed)
    split = stratified_split(y, SHARES, seed=seed, groups=group)
    assert [(split == name).sum() for name in SHARES] == split_sizes(len(group), list(SHARES.values())).tolist()
    shares = np.array(list(SHARES.values()))[:, None]
    assert np.abs(counts(y, split) - shares * y.sum(0)).max() < 4


@pytest.mark.parametrize("make", [partial(random_labels, 800, 12, 0.1), partial(long_tail, 800, 60)])
def test_labels_have_their_shares(make):
    """Within two items; and labels of ten items or more nearer than after iterative stratification, on average."""
    found, before = [], []
    for seed in range(3):
        y = make(seed)
        split = stratified_split(y, SHARES, seed=seed)
        shares = np.array(list(SHARES.values()))[:, None]
        assert np.abs(counts(y, split) - shares * y.sum(0)).max() <= 2
        found.append(deviation(y, split))
        before.append(deviation(y, iterative_split(y, SHARES, seed=seed)))
    assert np.mean(found) < np.mean(before)


def test_rare_labels_reach_every_split():
    """A label of ten items has seven, one and two; a random split often has none in one of the splits."""
    y = np.zeros((500, 5), dtype=bool)
    for c in range(5):
        y[c * 40 : c * 40 + 10, c] = True
    for seed in range(5):
        assert counts(y, stratified_split(y, SHARES, seed=seed)).tolist() == [[7] * 5, [1] * 5, [2] * 5]


def test_same_seed_same_split():
    """Equal seeds give equal splits, another seed another one; dense and sparse labels, also with stored zeros."""
    y = random_labels(200, 6, 0.2, 1)
    split = stratified_split(y, SHARES, seed=3)
    assert (split == stratified_split(csr_array(y), SHARES, seed=3)).all()
    assert (split != stratified_split(y, SHARES, seed=4)).any()
    stored = csr_array((y.ravel().astype(np.int64), np.tile(np.arange(6), 200), np.arange(0, 1201, 6)), shape=(200, 6))
    assert (split == stratified_split(stored, SHARES, seed=3)).all()
    assert stored.nnz == 1200  # as it was


@pytest.mark.parametrize("n", [3, 4, 5, 7, 10])
def test_no_split_is_empty(n):
    """Three items give three splits, whatever their labels."""
    for y in (np.zeros((n, 2), dtype=bool), np.ones((n, 2), dtype=bool), random_labels(n, 3, 0.5, n)):
        assert set(stratified_split(y, SHARES, seed=0)) == set(SHARES)


def test_no_items_and_no_labels():
    """No items give an empty result; items without any label column have the sizes all the same."""
    assert len(stratified_split(np.zeros((0, 3), dtype=bool), SHARES, seed=0)) == 0
    split = stratified_split(np.zeros((50, 0), dtype=bool), SHARES, seed=0)
    assert [(split == name).sum() for name in SHARES] == [35, 5, 10]


def test_more_than_100_000_groups():
    """120,000 items with 200 labels: exact sizes, and each label's items within two of their shares."""
    rng = np.random.default_rng(0)
    y = random_array((120_000, 200), density=0.01, rng=rng, format="csr", dtype=np.float64).astype(bool)
    split = stratified_split(csr_array(y), SHARES, seed=0)
    assert [(split == name).sum() for name in SHARES] == [84_000, 12_000, 24_000]
    shares, total = np.array(list(SHARES.values())), np.asarray(y.sum(0)).ravel()
    for name, share in zip(SHARES, shares, strict=True):
        held = np.asarray(csr_array(y)[np.flatnonzero(split == name)].sum(0)).ravel()
        assert np.abs(held - share * total).max() <= 2
