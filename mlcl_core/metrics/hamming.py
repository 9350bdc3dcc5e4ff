"""Right and wrong decisions, one for each item and label."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import mean
from mlcl_core.metrics.record import FinalMetric, Predictions


def hamming_loss(predictions: Predictions) -> float:
    """Share of wrong decisions; 0 without items."""
    from sklearn.metrics import hamming_loss as share_of_wrong

    return float(share_of_wrong(predictions.labels, predictions.predicted)) if len(predictions.labels) else 0.0


def wrong(predictions: Predictions) -> Float64[np.ndarray, "n 2"]:
    """Of each item: its wrong decisions, and all of them."""
    found = (predictions.labels != predictions.predicted).sum(1)
    return np.stack([found, np.full(len(found), predictions.labels.shape[1])], 1).astype(np.float64)


def hamming_accuracy(predictions: Predictions) -> float:
    """Share of right decisions, 1 less the Hamming loss; 0 without items."""
    return 1 - hamming_loss(predictions) if predictions.labels.size else 0.0


def right(predictions: Predictions) -> Float64[np.ndarray, "n 2"]:
    """Of each item: its right decisions, and all of them."""
    found = wrong(predictions)
    return np.stack([found[:, 1] - found[:, 0], found[:, 1]], 1)


HAMMING_LOSS = FinalMetric(
    name="hamming_loss",
    title="Hamming loss",
    summary="Share of wrong (item, label) decisions.",
    direction="down",
    low=0,
    high=1,
    of_runs=True,
    measure=hamming_loss,
    sums=wrong,
    of_sums=mean,
)
HAMMING_ACCURACY = FinalMetric(
    name="hamming_accuracy",
    title="Hamming accuracy",
    summary="Share of right (item, label) decisions: what the Hamming loss leaves.",
    direction="up",
    low=0,
    high=1,
    measure=hamming_accuracy,
    sums=right,
    of_sums=mean,
)
