"""The mean of each label's F1."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.conventions import LAB, Conventions
from mlcl_core.metrics.item_mean import ratio
from mlcl_core.metrics.record import FinalMetric, Predictions


def macro_f1(predictions: Predictions) -> float:
    """Mean F1 of the labels that some item has, or of all labels, as the conventions say.

    Edge cases:
        No items, or no label to take the mean of: 0.
    """
    labels, predicted = predictions.labels, predictions.predicted
    if predictions.conventions.absent == "left_out":
        labels, predicted = labels[:, predictions.carried], predicted[:, predictions.carried]
    if not labels.size:
        return 0.0
    return float(np.mean(f1_of_labels(labels, predicted, predictions.conventions.zero_division)))


def f1_of_labels(
    labels: np.ndarray, predicted: np.ndarray, zero_division: int = LAB.zero_division
) -> Float64[np.ndarray, " c"]:
    """F1 of each label, by scikit-learn; ``zero_division`` where no item has it and none is predicted to."""
    from sklearn.metrics import f1_score

    if labels.shape[1] == 1:
        # scikit-learn takes a single column for the numbers of two classes
        return np.array([f1_score(labels[:, 0], predicted[:, 0], zero_division=zero_division)], np.float64)
    return f1_score(labels, predicted, average=None, zero_division=zero_division)


def sums(predictions: Predictions) -> Float64[np.ndarray, "n k"]:
    """Of each item and label: whether it is a hit, whether it is predicted, whether it is there."""
    labels, predicted = predictions.labels, predictions.predicted
    return np.concatenate([labels & predicted, predicted, labels], 1).astype(np.float64)


def of_sums(
    totals: Float64[np.ndarray, "*resamples k"], conventions: Conventions = LAB
) -> Float64[np.ndarray, "*resamples"]:
    """Mean F1 of such sums; a label that none of the items has is absent among them."""
    hits, predicted, there = np.split(totals, 3, axis=-1)
    f1 = ratio(2 * hits, predicted + there, float(conventions.zero_division))
    if conventions.absent != "left_out":
        return ratio(f1.sum(-1), float(f1.shape[-1]), 0.0)
    return ratio(np.where(there > 0, f1, 0).sum(-1), (there > 0).sum(-1, dtype=np.float64), 0.0)


MACRO_F1 = FinalMetric(
    name="macro_f1",
    title="Macro-F1",
    summary="Mean of each label's F1; a rare label weighs as much as a frequent one.",
    direction="up",
    low=0,
    high=1,
    of_runs=True,
    explained=True,
    measure=macro_f1,
    sums=sums,
    of_sums=of_sums,
)
