"""The labels of each item in the order of their scores, with ties: what ranking metrics of items count on.

scikit-learn has these metrics as means over items, one item after the other, and refuses a single label; to draw items
again the number of each item is needed. The means are equal to those of scikit-learn, which tests hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mlcl_core.metrics.conventions import Ties
from mlcl_core.metrics.record import Predictions

NUMBERS = 1_000_000  # scores at once


@dataclass(frozen=True, eq=False)
class LabelOrder:
    """The labels of items from the highest score to the lowest; labels with the same score are a group.

    Attributes:
        hit: Whether the item has the label at this place.
        first: Number of labels before the group of this place.
        size: Number of labels in it.
        hits: Labels of the item in it.
        hits_before: Labels of the item before it.
        ties: What is done with groups of more than one.
    """

    hit: Bool[np.ndarray, "n c"]
    first: Int64[np.ndarray, "n c"]
    size: Int64[np.ndarray, "n c"]
    hits: Int64[np.ndarray, "n c"]
    hits_before: Int64[np.ndarray, "n c"]
    ties: Ties

    @property
    def expected(self) -> Float64[np.ndarray, "n c"]:
        """The chance that the item has the label at each place, over all orders of a group."""
        return self.hits / self.size


def label_order(labels: Bool[np.ndarray, "n c"], scores: Float64[np.ndarray, "n c"], ties: Ties) -> LabelOrder:
    """The order of each item's labels; ``by_column``: each label is a group of its own."""
    n, c = labels.shape
    place = np.argsort(-scores, axis=1, kind="stable")
    hit, ordered = np.take_along_axis(labels, place, 1), np.take_along_axis(scores, place, 1)
    columns = np.broadcast_to(np.arange(c), (n, c))
    starts = np.ones((n, c), bool)
    if ties != "by_column":
        starts[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(starts, columns, 0), axis=1)
    ends = np.ones((n, c), bool)
    ends[:, :-1] = starts[:, 1:]
    after = np.minimum.accumulate(np.where(ends, columns + 1, c)[:, ::-1], axis=1)[:, ::-1]
    so_far = np.zeros((n, c + 1), np.int64)
    np.cumsum(hit, axis=1, out=so_far[:, 1:])
    before = np.take_along_axis(so_far, first, 1)
    return LabelOrder(hit, first, after - first, np.take_along_axis(so_far, after, 1) - before, before, ties)


def of_items(
    number: Callable[[LabelOrder], Float64[np.ndarray, " some"]],
) -> Callable[[Predictions], Float64[np.ndarray, " n"]]:
    """A number of each item from the order of its labels, some items at a time."""

    def found(predictions: Predictions) -> Float64[np.ndarray, " n"]:
        if not predictions.labels.size:
            return np.zeros(len(predictions.labels))
        if predictions.labels.size <= NUMBERS:
            return number(predictions.once(_whole))
        rows = max(1, NUMBERS // predictions.labels.shape[1])
        starts = range(0, len(predictions.labels), rows)
        return np.concatenate([number(_tile(predictions, slice(start, start + rows))) for start in starts])

    return found


def _tile(predictions: Predictions, rows: slice) -> LabelOrder:
    return label_order(predictions.labels[rows], predictions.scores[rows], predictions.conventions.ties)


def _whole(predictions: Predictions) -> LabelOrder:
    return _tile(predictions, slice(None))
