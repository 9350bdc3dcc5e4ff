"""Whether two spaces of the same items agree about who is near whom."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.neighbours import Neighbours


def neighbour_overlap(a: Neighbours, b: Neighbours) -> Float64[np.ndarray, " n"]:
    r"""The share of an item's k nearest neighbours that are the same in two spaces.

    .. math:: o_i = \frac{1}{k} \sum_j \min(m_{ij}, m'_{ij})

    with m the places among an item's nearest: 1 for the k nearest; where more are tied with the k-th, those share the
    places left (:func:`mlcl_core.ties.places`). Rows are the same items in both; widths may differ.

    Returns:
        0 to 1 for each item; NaN for an item that has no neighbours in either space.

    Edge cases:
        An item without a direction in one of the two spaces: 0. Items tied in one space and not in the other overlap
        by the smaller share: where all items of one space coincide, o is exactly what chance gives.

    Relations:
        Symmetric. 1 for a space and its rotation, reflection or scaling. Without ties the size of the intersection of
        two sets of k, over k; the Jaccard similarity of these sets is o / (2 - o).

    Raises:
        ValueError: The spaces have other numbers of items.
    """
    if a.count != b.count:
        raise ValueError(f"{a.count} and {b.count} items: rows must be the same items in both spaces")
    _, in_a, in_b = np.intersect1d(a.key, b.key, assume_unique=True, return_indices=True)
    both = np.bincount(a.item[in_a], np.minimum(a.share[in_a], b.share[in_b]), minlength=a.count)
    taken = np.maximum(a.taken, b.taken)
    # shares of places add up to whole ones but for rounding
    return np.where(taken > 0, np.minimum(both / np.where(taken > 0, taken, 1), 1), np.nan)


def chance_overlap(count: int, k: int) -> float:
    """The overlap expected of neighbours drawn by chance, k / (n - 1); NaN for fewer than two items.

    Example:
        >>> chance_overlap(301, 15)
        0.05
    """
    return min(k, count - 1) / (count - 1) if count > 1 else float("nan")
