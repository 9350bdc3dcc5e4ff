"""Whether the neighbours of an item carry its labels."""

import numpy as np
from jaxtyping import Bool, Float32, Float64

from mlcl_core.metrics.neighbours import Neighbours

PAIRS = 200_000  # at once


def purity(near: Neighbours, labels: Bool[np.ndarray, "n c"]) -> Float64[np.ndarray, " n"]:
    r"""Mean Jaccard similarity of an item's label set with those of its k nearest neighbours.

    .. math:: u_i = \frac{1}{k} \sum_j m_{ij} \frac{|S_i \cap S_j|}{|S_i \cup S_j|}

    with m the places among the nearest (:func:`mlcl_core.metrics.nearest_neighbours`).

    Returns:
        0 to 1 for each item: 1 when all its neighbours have exactly its labels; NaN for an item without neighbours.

    Edge cases:
        Two items without labels have the same set: 1 (the rule ``jaccard``, which asks what they share, has 0 there).

    Relations:
        Where every item has one label, the share of neighbours with that label: the usual purity.
    """
    return near.means(jaccard_of_pairs(near, labels))


def jaccard_of_pairs(near: Neighbours, labels: Bool[np.ndarray, "n c"]) -> Float32[np.ndarray, " p"]:
    """Jaccard similarity of the label sets of each pair; two items without labels: 1."""
    sizes = labels.sum(1)
    alike = np.empty(len(near.item), np.float32)
    for start in range(0, len(alike), PAIRS):
        item, other = near.item[start : start + PAIRS], near.other[start : start + PAIRS]
        shared = (labels[item] & labels[other]).sum(1)
        union = sizes[item] + sizes[other] - shared
        alike[start : start + PAIRS] = np.where(union > 0, shared / np.maximum(union, 1), 1)
    return alike
