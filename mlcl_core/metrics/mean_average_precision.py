"""How well scores rank the items of each label."""

import numpy as np
from jaxtyping import Bool, Float64, Integer

from mlcl_core.metrics.item_order import Order, mean_of_labels, of_repeated, order_of_labels
from mlcl_core.metrics.record import FinalMetric, Predictions


def mean_average_precision(predictions: Predictions) -> float:
    """Mean average precision of the labels that some item has, or of all labels, as the conventions say.

    Items with the same score stand at one threshold.

    Edge cases:
        No items, or no label to take the mean of: 0. A label that no item has, where it counts: 0.
    """
    carried = predictions.carried
    counted = len(carried) if predictions.conventions.absent == "left_out" else predictions.labels.shape[1]
    if not carried:
        return 0.0
    found = ap_of_labels(predictions.labels[:, carried], predictions.scores[:, carried])
    return float(np.mean(np.concatenate([found, np.zeros(counted - len(carried))])))


def ap_of_labels(labels: Bool[np.ndarray, "n c"], scores: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, " c"]:
    """Average precision of labels that some item has, by scikit-learn."""
    from sklearn.metrics import average_precision_score

    if labels.shape[1] == 1:
        return np.array([average_precision_score(labels[:, 0], scores[:, 0])])
    return average_precision_score(labels, scores, average=None)


def weighted(predictions: Predictions, counts: Integer[np.ndarray, "b n"]) -> Float64[np.ndarray, " b"]:
    """mAP where item i is there ``counts[b, i]`` times; a label that none of these items has is absent among them."""
    absent_counts = predictions.conventions.absent != "left_out"
    found = of_repeated(order_of_labels(predictions), counts, average_precision)
    return mean_of_labels(found, undefined_is_zero=absent_counts)


def average_precision(order: Order, times: Float64[np.ndarray, "n b"]) -> Float64[np.ndarray, " b"]:
    r"""Average precision of one label, of items that are there several times; NaN without one that has it.

    .. math:: \frac{1}{\sum_{i: y_i} w_i} \sum_{i: y_i} w_i
        \frac{\sum_{j: y_j, s_j \ge s_i} w_j}{\sum_{j: s_j \ge s_i} w_j}
    """
    hits = order.hits @ times
    precision = hits.cumsum(0) / np.maximum((order.reached @ times).cumsum(0), 1)
    there = hits.sum(0)
    return np.where(there > 0, (hits * precision).sum(0) / np.maximum(there, 1), np.nan)


MEAN_AVERAGE_PRECISION = FinalMetric(
    name="map",
    title="mAP",
    summary="Mean average precision: how well scores rank the items of each label.",
    direction="up",
    low=0,
    high=1,
    of_runs=True,
    explained=True,
    measure=mean_average_precision,
    weighted=weighted,
)
