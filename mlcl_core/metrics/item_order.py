"""Items in the order of their scores, with ties, and metrics of that order when items are repeated.

scikit-learn takes weights of items for one set of weights at a time and sorts anew for each. Here the order is found
once: what stands at each score that a hit has becomes a sparse matrix over items, and a product with how often each
item is there gives the sums of many resamples at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer

from mlcl_core.metrics.record import Predictions

NUMBERS = 131_072  # counts at once: they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Order:
    """Entries by the distinct scores of the hits among them, from the highest on: sparse matrices [scores, items].

    Attributes:
        hits: The hits at each of these scores.
        reached: Entries with this score or one above it, but below the score before.
        tied: Entries with exactly this score that are no hits.
        others: Entries that are no hits, at any score: one row.
    """

    hits: Any
    reached: Any
    tied: Any
    others: Any


def in_order(
    item: Int64[np.ndarray, " m"], labels: Bool[np.ndarray, " m"], scores: Float64[np.ndarray, " m"], items: int
) -> Order:
    """Entries of items in the order of their scores; a hit is one with the label."""
    from scipy.sparse import csr_array

    down = np.unique(-scores[labels])
    level = np.searchsorted(down, -scores)
    reached = level < len(down)
    tied = reached & ~labels
    tied[tied] = down[level[tied]] == -scores[tied]

    def matrix(entries: Bool[np.ndarray, " m"], row: Int64[np.ndarray, " m"], rows: int) -> Any:
        return csr_array((np.ones(int(entries.sum())), (row[entries], item[entries])), shape=(rows, items))

    return Order(
        hits=matrix(labels, level, len(down)),
        reached=matrix(reached, level, len(down)),
        tied=matrix(tied, level, len(down)),
        others=matrix(~labels, np.zeros_like(level), 1),
    )


def order_of_labels(predictions: Predictions) -> list[Order]:
    """The items in the order of each label."""
    rows = np.arange(len(predictions.labels))
    columns = zip(predictions.labels.T, predictions.scores.T, strict=True)
    return [in_order(rows, labels, scores, len(rows)) for labels, scores in columns]


def of_repeated(
    orders: Sequence[Order],
    counts: Integer[np.ndarray, "b n"],
    measure: Callable[[Order, Float64[np.ndarray, "n some"]], Float64[np.ndarray, " some"]],
) -> Float64[np.ndarray, "orders b"]:
    """``measure(order, how often each item is there)`` for each order and each row of counts."""
    found = np.empty((len(orders), len(counts)))
    at_once = max(1, NUMBERS // max(1, counts.shape[1]))
    for start in range(0, len(counts), at_once):
        times = np.ascontiguousarray(counts[start : start + at_once].T, dtype=np.float64)
        for row, order in enumerate(orders):
            found[row, start : start + at_once] = measure(order, times)
    return found


def mean_of_labels(values: Float64[np.ndarray, "c b"], *, undefined_is_zero: bool) -> Float64[np.ndarray, " b"]:
    """Mean of the labels' values; NaN is left out, or counts 0. Without a label that counts: 0."""
    there = ~np.isnan(values)
    counted = np.full(values.shape[1], len(values)) if undefined_is_zero else there.sum(0)
    return np.where(there, values, 0).sum(0) / np.maximum(counted, 1)
