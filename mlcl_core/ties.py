"""Nearest neighbours with ties: the share of a place that each candidate takes."""

import numpy as np
from jaxtyping import Float64, Shaped


def kth_nearest(far: Shaped[np.ndarray, "n m"], k: int) -> Shaped[np.ndarray, "n 1"]:
    """Distance of the k-th nearest (k >= 1) from each row; infinite where a row has fewer candidates."""
    if k > far.shape[1]:
        return np.full((len(far), 1), np.inf)
    return np.partition(far, k - 1, axis=1)[:, k - 1 : k]


def places(
    far: Shaped[np.ndarray, "n m"], k: int, tie: float | Shaped[np.ndarray, "n 1"] = 0.0
) -> Float64[np.ndarray, "n m"]:
    r"""Share of the k places among the nearest of each row that each column takes.

    .. math:: 1 \text{ if } d_{ij} < d_{i(k)} - \epsilon, \qquad
        \frac{k - \#\text{nearer}}{\#\text{tied}} \text{ if } |d_{ij} - d_{i(k)}| \le \epsilon, \qquad 0 \text{ else}

    with d_i(k) the distance of the k-th nearest: items nearer than it count 1, those tied with it share the remaining
    places. This is the mean over all choices among the tied items, so that the order of rows has no effect.

    Args:
        far: Distances, or any numbers that are smaller for nearer items; infinite: no candidate.
        k: Number of places.
        tie: Largest difference at which two distances count as equal, for all rows or for each.

    Returns:
        Values from 0 to 1; a row sums to k.

    Edge cases:
        Fewer than k candidates: each takes one place, and the others stay empty. k = 0: all 0.

    Relations:
        Without ties, 1 marks the k smallest entries of each row.

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
