"""Which label sets lie beside each other in one space and not in another."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mlcl_core.metrics.neighbours import Neighbours


@dataclass(frozen=True, eq=False)
class MixedSets:
    """Pairs of different label sets, and how many places among nearest neighbours join them in two spaces.

    Attributes:
        example: Rows of two items, one with either set, [p 2].
        items: Number of items with either set, [p 2].
        before, after: Places that items of one set take among the k nearest of items of the other, in both directions.
    """

    example: Int64[np.ndarray, "p 2"]
    items: Int64[np.ndarray, "p 2"]
    before: Float64[np.ndarray, " p"]
    after: Float64[np.ndarray, " p"]


def label_sets_mixed(a: Neighbours, b: Neighbours, labels: Bool[np.ndarray, "n c"]) -> MixedSets:
    """The pairs of different label sets whose items are neighbours in either space, largest change first.

    A pair {S, T} counts the places of items with T among the nearest of items with S, and of S among those of T. Over
    all pairs of sets, equal ones too, there are n k places in each space: what one pair gains, others lose.

    Edge cases:
        All items have the same labels: no pairs. Equal changes: by the sets' first items.
    """
    _, first, code, count = np.unique(labels, axis=0, return_index=True, return_inverse=True, return_counts=True)
    code = code.reshape(-1)
    order = np.argsort(first)  # sets in the order of their first items
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    code, first, count = rank[code], first[order], count[order]
    (key_a, sum_a), (key_b, sum_b) = (_between(near, code, len(count)) for near in (a, b))
    key = np.union1d(key_a, key_b)
    before, after = np.zeros(len(key)), np.zeros(len(key))
    before[np.searchsorted(key, key_a)], after[np.searchsorted(key, key_b)] = sum_a, sum_b
    largest = np.argsort(-np.abs(after - before), kind="stable")
    pairs = np.stack([key // max(len(count), 1), key % max(len(count), 1)], axis=1)[largest]
    return MixedSets(first[pairs], count[pairs], before[largest], after[largest])


def _between(near: Neighbours, code: Int64[np.ndarray, " n"], sets: int) -> tuple[np.ndarray, np.ndarray]:
    one, two = code[near.item], code[near.other]
    other = one != two
    key = np.minimum(one, two)[other] * sets + np.maximum(one, two)[other]
    found, place = np.unique(key, return_inverse=True)
    return found, np.bincount(place, near.share[other], minlength=len(found)).astype(np.float64)
