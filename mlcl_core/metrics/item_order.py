"""Items in the order of their scores, with ties, and metrics of that order when items are repeated.

scikit-learn takes weights of items for one set of weights at a time and sorts anew for each; here the order is found
once for all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer, Shaped

from mlcl_core.metrics.record import Predictions

NUMBERS = 131_072  # counts at once: they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Order:
    """Entries from the highest score to the lowest.

    Attributes:
        item: The item of each.
        hit: Whether it has the label.
        before, to: How many hits stand before the first, and up to the last, of those with the same score.
        last: Position of the last of those with the same score.
    """

    item: Int64[np.ndarray, " m"]
    hit: Bool[np.ndarray, " m"]
    before: Int64[np.ndarray, " m"]
    to: Int64[np.ndarray, " m"]
    last: Int64[np.ndarray, " m"]


def in_order(item: Int64[np.ndarray, " m"], labels: Bool[np.ndarray, " m"], scores: Float64[np.ndarray, " m"]) -> Order:
    """Entries of items, in the order of their scores."""
    place = np.argsort(-scores, kind="stable")
    down = -scores[place]
    first, after = (np.searchsorted(down, down, side=side) for side in ("left", "right"))
    hits = np.concatenate([[0], labels[place].cumsum()])
    return Order(item[place], labels[place], hits[first], hits[after], after - 1)


def order_of_labels(predictions: Predictions, columns: Sequence[int]) -> list[Order]:
    """The items in the order of each of these labels."""
    rows = np.arange(len(predictions.labels))
    return [in_order(rows, predictions.labels[:, c], predictions.scores[:, c]) for c in columns]


def of_repeated(
    orders: Sequence[Order],
    counts: Integer[np.ndarray, "b n"],
    measure: Callable[[Order, Float64[np.ndarray, "n some"]], Float64[np.ndarray, " some"]],
) -> Float64[np.ndarray, "orders b"]:
    """``measure(order, how often each item is there)`` for each order and each row of counts."""
    found = np.empty((len(orders), len(counts)))
    entries = max((len(order.item) for order in orders), default=1)
    at_once = max(1, NUMBERS // max(1, entries))
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


def sums_up_to(values: Shaped[np.ndarray, "m b"]) -> Float64[np.ndarray, "more b"]:
    """Row k: the sum of the first k rows."""
    found = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=found[1:])
    return found
