"""How well label sets are predicted, by scikit-learn, with one answer to labels that no item has.

A label that no item has is left out of means over labels; predicting it still costs the metrics over all decisions.
scikit-learn is imported where it is used: that takes a second or more, which opening a page does not need.
"""

import numpy as np

from mlcl_core.metrics.record import FinalMetric, Predictions


def micro_f1(predictions: Predictions) -> float:
    """F1 over all decisions, one for each item and label.

    Edge cases:
        No items, or no label on any item: 0.
    """
    from sklearn.metrics import f1_score

    if not len(predictions.labels):
        return 0.0
    return float(f1_score(predictions.labels.ravel(), predictions.predicted.ravel(), zero_division=0))


def macro_f1(predictions: Predictions) -> float:
    """Mean F1 of the labels that some item has; 0 where there is none."""
    from sklearn.metrics import f1_score

    y, predicted = predictions.labels, predictions.predicted
    # one column at a time: scikit-learn takes a single label column for a binary problem of another shape
    found = [f1_score(y[:, c], predicted[:, c], zero_division=0) for c in predictions.carried]
    return float(np.mean(found)) if found else 0.0


def mean_average_precision(predictions: Predictions) -> float:
    """Mean average precision of the labels that some item has; 0 where there is none."""
    from sklearn.metrics import average_precision_score

    y, scores = predictions.labels, predictions.scores
    found = [average_precision_score(y[:, c], scores[:, c]) for c in predictions.carried]
    return float(np.mean(found)) if found else 0.0


def hamming_loss(predictions: Predictions) -> float:
    """Share of wrong decisions; 0 without items."""
    from sklearn.metrics import hamming_loss as share_of_wrong

    return float(share_of_wrong(predictions.labels, predictions.predicted)) if len(predictions.labels) else 0.0


def subset_accuracy(predictions: Predictions) -> float:
    """Share of items whose whole label set is predicted; 0 without items."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(predictions.labels, predictions.predicted)) if len(predictions.labels) else 0.0


MICRO_F1 = FinalMetric(
    name="micro_f1",
    title="Micro-F1",
    summary="F1 over all (item, label) decisions; a frequent label weighs more.",
    direction="up",
    low=0,
    high=1,
    explained=True,
    measure=micro_f1,
)
MACRO_F1 = FinalMetric(
    name="macro_f1",
    title="Macro-F1",
    summary="Mean of each label's F1; a rare label weighs as much as a frequent one.",
    direction="up",
    low=0,
    high=1,
    explained=True,
    measure=macro_f1,
)
MEAN_AVERAGE_PRECISION = FinalMetric(
    name="map",
    title="mAP",
    summary="Mean average precision: how well scores rank the items of each label.",
    direction="up",
    low=0,
    high=1,
    explained=True,
    measure=mean_average_precision,
)
HAMMING_LOSS = FinalMetric(
    name="hamming_loss",
    title="Hamming loss",
    summary="Share of wrong (item, label) decisions.",
    direction="down",
    low=0,
    high=1,
    measure=hamming_loss,
)
SUBSET_ACCURACY = FinalMetric(
    name="subset_accuracy",
    title="Subset accuracy",
    summary="Share of items whose whole label set is right.",
    direction="up",
    low=0,
    high=1,
    measure=subset_accuracy,
)
