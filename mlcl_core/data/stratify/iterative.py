"""Iterative stratification, whose sizes follow from the labels: for the shipped data sets, and runs that began with it.

Its results must not change: recorded runs and their scores rest on them.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Int
from scipy.sparse import csr_array

Labels = Bool[np.ndarray, "n c"] | csr_array
Groups = Int[np.ndarray, " n"] | None
MAX_GROUPS = 100_000  # groups that are assigned one by one


def iterative_split(labels: Labels, shares: Mapping[str, float], *, seed: int, groups: Groups = None) -> np.ndarray:
    """Assign every item to a split, rarest labels first, so that the items of each label have the shares too.

    Args:
        labels: The labels of each item, dense or sparse.
        shares: The share of the items for each split's name; positive, with sum 1.
        seed: Of the order in which the items of a label are assigned.
        groups: Items of one group fall into the same split (two drawings of one icon); None: each item is a group.

    Returns:
        The name of a split for every item. No split is empty if there are as many groups as splits. Many rare labels
        make sizes differ from the shares: 160 items with 40 labels of 4 items each give 119, 1 and 40. More than
        100,000 groups are assigned at random.

    References:
        Sechidis, Tsoumakas, Vlahavas, "On the stratification of multi-label data", ECML PKDD 2011.
    """
    names = list(shares)
    csr = csr_array(labels, dtype=np.int64)
    n = csr.shape[0]
    group_of = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    num_groups = int(group_of.max()) + 1 if n else 0
    rng = np.random.default_rng(seed)
    if num_groups > MAX_GROUPS:
        dealt = rng.choice(len(names), num_groups, p=[shares[name] for name in names])
    else:
        of_group = csr_array((np.ones(n, np.int64), (group_of, np.arange(n))), shape=(num_groups, n))
        share = np.array([shares[name] for name in names])
        dealt = _assigned(csr_array(of_group @ csr), np.bincount(group_of, minlength=num_groups), share, rng)
    _fill_empty(dealt, len(names))
    return np.array(names)[dealt[group_of]] if num_groups else np.array([], dtype="<U10")


def _assigned(rows: csr_array, sizes: np.ndarray, share: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A split for each group of items; ``rows`` counts the items of each label in each group."""
    columns, left = rows.tocsc(), np.asarray(rows.sum(0)).astype(float)
    want_items, want_labels = share * sizes.sum(), share[:, None] * left
    order = rng.permutation(len(sizes))
    place = np.argsort(order)
    dealt = np.full(len(sizes), -1)
    while (dealt < 0).any():
        label = int(np.where(left > 0, left, np.inf).argmin()) if len(left) else -1
        unlabelled = label < 0 or left[label] == 0
        if unlabelled:
            waiting = order[dealt[order] < 0]
        else:
            carrying = columns.indices[columns.indptr[label] : columns.indptr[label + 1]]
            carrying = carrying[dealt[carrying] < 0]
            waiting = carrying[place[carrying].argsort()]
        for group in waiting:
            need = want_items if unlabelled else want_labels[:, label]
            closest = np.flatnonzero(need >= need.max() - 1e-9)
            split = int(closest[want_items[closest].argmax()])
            dealt[group] = split
            want_items[split] -= sizes[group]
            own = slice(rows.indptr[group], rows.indptr[group + 1])
            want_labels[split, rows.indices[own]] -= rows.data[own]
            left[rows.indices[own]] -= rows.data[own]
    return dealt


def _fill_empty(dealt: np.ndarray, num_splits: int) -> None:
    """Move the last group of the largest split into each empty one, so that four items give three splits."""
    for split in range(num_splits):
        counts = np.bincount(dealt, minlength=num_splits)
        if counts[split] == 0 and counts.max() > 1:
            dealt[np.flatnonzero(dealt == counts.argmax())[-1]] = split
