"""Divide items into splits so that every label is spread over them, the same way for the same seed."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Int

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


def stratified_split(
    labels: Bool[np.ndarray, "n c"],
    shares: Mapping[str, float],
    *,
    seed: int,
    groups: Int[np.ndarray, " n"] | None = None,
) -> np.ndarray:
    """Give every item a split, rarest labels first, so that each label's items are divided by ``shares`` too.

    A plain random split leaves a label of seven items without any in a fifth of the data one time in five.

    Args:
        labels: Which of the ``c`` labels each item carries.
        shares: Split name to its share of the items; positive, together 1.
        seed: Of the order in which items of one label are dealt out.
        groups: Items of one group stay together (two drawings of one icon); None: every item by itself.

    Returns:
        The name of a split for every item. None is empty while there are groups enough to go round.

    References:
        Sechidis, Tsoumakas, Vlahavas, "On the stratification of multi-label data", ECML PKDD 2011.
    """
    names = list(shares)
    group_of = np.arange(len(labels)) if groups is None else np.unique(groups, return_inverse=True)[1]
    num_groups = int(group_of.max()) + 1 if len(labels) else 0
    rows = np.zeros((num_groups, labels.shape[1]))  # items of each label in each group
    np.add.at(rows, group_of, labels)
    sizes = np.bincount(group_of, minlength=num_groups).astype(float)

    share = np.array([shares[name] for name in names])
    want_items, want_labels = share * sizes.sum(), share[:, None] * rows.sum(0)
    order = np.random.default_rng(seed).permutation(num_groups)
    dealt = np.full(num_groups, -1)
    while (waiting := order[dealt[order] < 0]).size:
        left = rows[waiting].sum(0)
        label = int(np.where(left > 0, left, np.inf).argmin())
        for group in waiting[rows[waiting, label] > 0] if left[label] > 0 else waiting:
            need = want_items if left[label] == 0 else want_labels[:, label]
            closest = np.flatnonzero(need >= need.max() - 1e-9)
            split = int(closest[want_items[closest].argmax()])
            dealt[group] = split
            want_items[split] -= sizes[group]
            want_labels[split] -= rows[group]
    _fill_empty(dealt, len(names))
    return np.array(names)[dealt[group_of]] if num_groups else np.array([], dtype="<U10")


def _fill_empty(dealt: np.ndarray, num_splits: int) -> None:
    """Move the last group of the fullest split into each empty one: four items still make three splits."""
    for split in range(num_splits):
        counts = np.bincount(dealt, minlength=num_splits)
        if counts[split] == 0 and counts.max() > 1:
            dealt[np.flatnonzero(dealt == counts.argmax())[-1]] = split
