"""Items whose whole label set is right."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import mean
from mlcl_core.metrics.record import FinalMetric, Predictions


def subset_accuracy(predictions: Predictions) -> float:
    """Share of items whose whole label set is predicted; 0 without items."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(predictions.labels, predictions.predicted)) if len(predictions.labels) else 0.0


def sums(predictions: Predictions) -> Float64[np.ndarray, "n 2"]:
    """Of each item: whether all is right, and 1."""
    right = (predictions.labels == predictions.predicted).all(1).astype(np.float64)
    return np.stack([right, np.ones(len(right))], 1)


SUBSET_ACCURACY = FinalMetric(
    name="subset_accuracy",
    title="Subset accuracy",
    summary="Share of items whose whole label set is right.",
    direction="up",
    low=0,
    high=1,
    of_runs=True,
    measure=subset_accuracy,
    sums=sums,
    of_sums=mean,
)
