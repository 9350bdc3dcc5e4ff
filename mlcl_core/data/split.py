"""A random split of the items, of exact sizes, in which every label has its share; reproducible by its seed."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Int
from scipy.sparse import csr_array

from mlcl_core.data.stratify.by_label import deal_by_label
from mlcl_core.data.stratify.cost import LACKS, total_cost
from mlcl_core.data.stratify.coverage import cover_labels
from mlcl_core.data.stratify.dealt import Dealt
from mlcl_core.data.stratify.iterative import iterative_split
from mlcl_core.data.stratify.proportions import improve_proportions
from mlcl_core.data.stratify.sizes import balance_sizes

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}
ATTEMPTS = 10  # of which the best is taken, where a split lacks a label in each
SMALL = 20_000  # labels of items, beyond which there is one attempt


def stratified_split(
    labels: Bool[np.ndarray, "n c"] | csr_array,
    shares: Mapping[str, float],
    *,
    seed: int,
    groups: Int[np.ndarray, " n"] | None = None,
) -> np.ndarray:
    """Assign every item to a split: sizes first, then no label lacking, then the shares of each label.

    Sizes are the shares of the items, rounded by the largest remainder, and at least 1. Within these sizes the first
    split has an item of every label, and the others have one of every label that three groups carry, as far as there is
    room; and the items of each label have the shares too, as far as that is possible. All this is found by search: in
    one of some thousand tiny sets, another split of these sizes would lack fewer labels.

    Args:
        labels: The labels of each item, dense or sparse.
        shares: The share of the items for each split's name, the one that is trained on first; positive, with sum 1.
        seed: Of everything that is drawn.
        groups: Items of one group fall into the same split (two drawings of one icon); None: each item is a group.

    Returns:
        The name of a split for every item. Without groups the sizes are exact; with groups no size is further off than
        the largest group is large. No split is empty if there are as many groups as splits.

    References:
        Sechidis, Tsoumakas, Vlahavas, "On the stratification of multi-label data", ECML PKDD 2011, deals the rarest
        label first, as here, but lets sizes follow from the labels.
    """
    names = list(shares)
    csr = csr_array(labels, dtype=np.int64)
    n = csr.shape[0]
    if n == 0:
        return np.array([], dtype="<U10")
    group_of = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    sizes, rng = split_sizes(n, list(shares.values())), np.random.default_rng(seed)
    best, found = np.inf, group_of
    for _ in range(ATTEMPTS if csr.nnz <= SMALL else 1):
        place = rng.permutation(int(group_of.max()) + 1)[group_of]  # the group of each item, in a random order
        dealt = _dealt(csr, place, sizes, rng)
        if (cost := total_cost(dealt)) < best:
            best, found = cost, dealt.of[place]
        if cost < LACKS:
            break  # no split lacks a label
    return np.array(names)[found]


def _dealt(csr: csr_array, group_of: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> Dealt:
    ones = np.ones(len(group_of), np.int64)
    of_group = csr_array((ones, (group_of, np.arange(len(group_of)))), shape=(int(group_of.max()) + 1, len(group_of)))
    rows = csr_array(of_group @ csr)
    rows.eliminate_zeros()
    dealt = Dealt(rows, np.bincount(group_of), sizes)
    deal_by_label(dealt)
    balance_sizes(dealt, rng)
    cover_labels(dealt, rng)
    improve_proportions(dealt, rng)
    return dealt


def split_sizes(n: int, shares: list[float]) -> Int[np.ndarray, " k"]:
    """Items of each split: the shares of n, rounded down, the rest to the largest remainders; none is 0 if n allows.

    Example:
        >>> split_sizes(160, [0.7, 0.1, 0.2])
        array([112,  16,  32])
        >>> split_sizes(4, [0.7, 0.1, 0.2])
        array([2, 1, 1])
    """
    exact = n * np.array(shares)
    sizes = np.floor(exact + 1e-9).astype(np.int64)  # 0.7 * 10 is below 7
    sizes[np.argsort(sizes - exact, kind="stable")[: n - sizes.sum()]] += 1
    for split in np.flatnonzero(sizes == 0):
        if sizes.max() > 1:
            sizes[sizes.argmax()] -= 1
            sizes[split] = 1
    return sizes


EXACT = "exact"
SPLIT_METHODS = {EXACT: stratified_split, "iterative": iterative_split}
