"""Whether the items that are most alike in their labels are the nearest ones."""

import numpy as np
import torch
from jaxtyping import Bool, Float64

from mlcl_core.metrics.cosines import TIE
from mlcl_core.metrics.ndcg_at_k import discounts
from mlcl_core.metrics.neighbours import Neighbours
from mlcl_core.metrics.purity import jaccard_of_pairs

NUMBERS = 8_000_000  # similarities at once: 32 MB


def neighbour_ndcg(near: Neighbours, labels: Bool[np.ndarray, "n c"]) -> Float64[np.ndarray, " n"]:
    r"""nDCG of an item's k nearest neighbours, each worth the Jaccard similarity of its labels to the item's.

    .. math:: \sum_{p=1}^{k} \frac{J(S_i, S_{(p)})}{\log_2(p + 1)} \Big/
        \max \sum_{p=1}^{k} \frac{J(S_i, S_{\pi(p)})}{\log_2(p + 1)}

    with (p) the p-th nearest, and the maximum over all orders of the items that may be neighbours.

    Returns:
        0 to 1 for each item: 1 when no other items in another order would be worth more.

    Edge cases:
        Items that are equally near (cosine within 1e-6 of the next) take the mean of their orders. An item that shares
        no label with any other, or has no neighbours: NaN. Two items without labels are alike: 1, as in
        :func:`mlcl_core.metrics.purity`.

    References:
        Järvelin and Kekäläinen, TOIS 2002; graded by label overlap as in Zhao et al., "Deep semantic ranking based
        hashing for multi-label image retrieval", CVPR 2015.
    """
    worth = np.concatenate([[0.0], discounts(near.k).cumsum()])
    order = np.lexsort((-near.cosine, near.item))
    item, cosine, share = near.item[order], near.cosine[order].astype(np.float64), near.share[order].astype(np.float64)
    starts = np.ones(len(item), bool)
    starts[1:] = (item[1:] != item[:-1]) | (cosine[:-1] - cosine[1:] > TIE)
    group = starts.cumsum() - 1
    of_item = item[starts]
    # items that are equally near take whole places together
    taken = np.bincount(group, share)
    gain = np.bincount(group, share * jaccard_of_pairs(near, labels)[order]) / np.maximum(taken, 1e-12)
    of_items_before = np.concatenate([[0.0], near.taken.cumsum()])[of_item]
    to = np.rint(taken.cumsum() - of_items_before).astype(np.int64)
    found = near.sums(np.zeros(len(item)))
    np.add.at(found, of_item, gain * (worth[to] - worth[to - np.rint(taken).astype(np.int64)]))
    best = _best(near, labels, discounts(near.k))
    return np.where(best > 0, found / np.where(best > 0, best, 1), np.nan)


def _best(
    near: Neighbours, labels: Bool[np.ndarray, "n c"], worth: Float64[np.ndarray, " k"]
) -> Float64[np.ndarray, " n"]:
    """What the k most alike items are worth, the most alike first; 0 for an item without neighbours."""
    there = torch.from_numpy(near.taken > 0)
    y = torch.from_numpy(labels).float()
    sizes, discount = y.sum(1), torch.from_numpy(worth)
    found = np.zeros(near.count)
    rows = max(1, NUMBERS // max(1, near.count))
    for start in range(0, near.count if near.k else 0, rows):
        shared = y[start : start + rows] @ y.T
        union = sizes[start : start + rows, None] + sizes - shared
        alike = torch.where(union > 0, shared / union.clamp_min(1), 1.0)
        alike[:, ~there] = 0
        alike.diagonal(start).fill_(0)
        found[start : start + rows] = (alike.topk(near.k, dim=1).values.double() @ discount).numpy()
    return np.where(there.numpy(), found, 0)
