"""Area under the receiver operating characteristic: how often a hit has a higher score than another entry."""

import numpy as np
from jaxtyping import Bool, Float64, Integer

from mlcl_core.metrics.item_order import Order, in_order, mean_of_labels, of_repeated, order_of_labels
from mlcl_core.metrics.record import FinalMetric, Predictions


def macro_auroc(predictions: Predictions) -> float:
    r"""Mean over labels of the chance that an item with the label has a higher score than one without; ties half.

    .. math:: \frac{1}{n_l (n - n_l)} \sum_{i: y_{il} = 1} \sum_{j: y_{jl} = 0}
        1[x_{il} > x_{jl}] + \tfrac12 1[x_{il} = x_{jl}]

    Edge cases:
        A label that all or none of the items have has no such number: left out, or 0 as in torchmetrics, as the
        conventions say. No label to take the mean of: 0.
    """
    labels = predictions.labels
    known = labels.any(0) & ~labels.all(0)
    if not known.any():
        return 0.0
    found = auroc_of_labels(labels[:, known], predictions.scores[:, known])
    counted = labels.shape[1] if predictions.conventions.absent == "torchmetrics" else len(found)
    return float(found.sum() / counted)


def auroc_of_labels(labels: Bool[np.ndarray, "n c"], scores: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, " c"]:
    """AUROC of labels that some items have and others lack, by scikit-learn."""
    from sklearn.metrics import roc_auc_score

    if labels.shape[1] == 1:
        return np.array([roc_auc_score(labels[:, 0], scores[:, 0])])
    return roc_auc_score(labels, scores, average=None)


def micro_auroc(predictions: Predictions) -> float:
    """AUROC over all (item, label) decisions at once; 0 where all or none of them are hits."""
    from sklearn.metrics import roc_auc_score

    labels = predictions.labels.ravel()
    if not labels.any() or labels.all():
        return 0.0
    return float(roc_auc_score(labels, predictions.scores.ravel()))


def macro_weighted(predictions: Predictions, counts: Integer[np.ndarray, "b n"]) -> Float64[np.ndarray, " b"]:
    """Macro AUROC where item i is there ``counts[b, i]`` times."""
    found = of_repeated(order_of_labels(predictions), counts, auroc)
    return mean_of_labels(found, undefined_is_zero=predictions.conventions.absent == "torchmetrics")


def micro_weighted(predictions: Predictions, counts: Integer[np.ndarray, "b n"]) -> Float64[np.ndarray, " b"]:
    """Micro AUROC where item i is there ``counts[b, i]`` times."""
    n, c = predictions.labels.shape
    order = in_order(np.repeat(np.arange(n), c), predictions.labels.ravel(), predictions.scores.ravel(), n)
    return np.nan_to_num(of_repeated([order], counts, auroc)[0])


def auroc(order: Order, times: Float64[np.ndarray, "n b"]) -> Float64[np.ndarray, " b"]:
    """AUROC of entries whose items are there several times; NaN without a hit, or with nothing else; ties half."""
    hits, others = order.hits @ times, (order.others @ times)[0]
    not_below = (order.reached @ times).cumsum(0) - hits.cumsum(0)
    below = others - not_below + (order.tied @ times) / 2
    pairs = hits.sum(0) * others
    return np.where(pairs > 0, (hits * below).sum(0) / np.maximum(pairs, 1), np.nan)


MACRO_AUROC = FinalMetric(
    name="macro_auroc",
    title="Macro AUROC",
    summary="Mean over labels of the chance that an item with the label has a higher score for it than one without.",
    direction="up",
    low=0,
    high=1,
    measure=macro_auroc,
    weighted=macro_weighted,
)
MICRO_AUROC = FinalMetric(
    name="micro_auroc",
    title="Micro AUROC",
    summary="The chance that a label which an item has gets a higher score than one which an item lacks.",
    direction="up",
    low=0,
    high=1,
    measure=micro_auroc,
    weighted=micro_weighted,
)
