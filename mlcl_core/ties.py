"""Nearest neighbours where several are equally far: which are, and for how much of a place."""

import numpy as np
from jaxtyping import Float64, Shaped


def kth_nearest(far: Shaped[np.ndarray, "n m"], k: int) -> Shaped[np.ndarray, "n 1"]:
    """How far the k-th nearest is from each row, k >= 1; infinite where a row has fewer candidates."""
    if k > far.shape[1]:
        return np.full((len(far), 1), np.inf)
    return np.partition(far, k - 1, axis=1)[:, k - 1 : k]


def places(
    far: Shaped[np.ndarray, "n m"], k: int, tie: float | Shaped[np.ndarray, "n 1"] = 0.0
) -> Float64[np.ndarray, "n m"]:
    r"""How much of the k places among a row's nearest each column takes.

    .. math:: 1 \text{ if } d_{ij} < d_{i(k)} - \epsilon, \qquad
        \frac{k - \#\text{nearer}}{\#\text{tied}} \text{ if } |d_{ij} - d_{i(k)}| \le \epsilon, \qquad 0 \text{ else}

    with d_i(k) the distance of the k-th nearest: items nearer than it count 1, those tied with it share the places
    that are left. Every choice of k among the tied ones would do; this is their mean, so that no order of rows counts.

    Args:
        far: Distances, or any numbers of which small means near; infinite: no candidate.
        k: How many places.
        tie: How far apart two distances may be and still count as equal, for all rows or for each.

    Returns:
        0 to 1; a row adds up to k.

    Edge cases:
        Fewer than k candidates: each takes one place, and the rest stay empty. k = 0: all 0.

    Relations:
        Without ties it marks the k smallest entries of each row.

    Example:
        >>> places(np.array([[0.0, 2.0, 1.0, 2.0, 5.0]]), 3).tolist()
        [[1.0, 0.5, 1.0, 0.5, 0.0]]
    """
    if k == 0 or far.size == 0:
        return np.zeros(far.shape)
    kth = kth_nearest(far, k)
    nearer = far < kth - tie
    tied = (far <= kth + tie) & ~nearer & np.isfinite(far)
    share = (k - nearer.sum(1, keepdims=True)) / np.maximum(tied.sum(1, keepdims=True), 1)
    return nearer + tied * share
