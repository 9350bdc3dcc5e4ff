"""F1 over all decisions."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.conventions import LAB, Conventions
from mlcl_core.metrics.item_mean import ratio
from mlcl_core.metrics.record import FinalMetric, Predictions


def micro_f1(predictions: Predictions) -> float:
    r"""F1 over all decisions, one for each item and label.

    .. math:: 2 \sum_{il} y_{il} \hat y_{il} \Big/ \sum_{il} (y_{il} + \hat y_{il})

    Edge cases:
        No items: 0. No label on any item and none predicted: 0 / 0, as the conventions say.
    """
    from sklearn.metrics import f1_score

    labels, predicted = predictions.labels.ravel(), predictions.predicted.ravel()
    if not len(predictions.labels):
        return 0.0
    return float(f1_score(labels, predicted, zero_division=predictions.conventions.zero_division))


def sums(predictions: Predictions) -> Float64[np.ndarray, "n 2"]:
    """Of each item: twice its hits; its labels and those predicted."""
    hits = (predictions.labels & predictions.predicted).sum(1)
    return np.stack([2 * hits, predictions.labels.sum(1) + predictions.predicted.sum(1)], 1).astype(np.float64)


def of_sums(
    totals: Float64[np.ndarray, "*resamples 2"], conventions: Conventions = LAB
) -> Float64[np.ndarray, "*resamples"]:
    """F1 of such sums."""
    return ratio(totals[..., 0], totals[..., 1], float(conventions.zero_division))


MICRO_F1 = FinalMetric(
    name="micro_f1",
    title="Micro-F1",
    summary="F1 over all (item, label) decisions; a frequent label weighs more.",
    direction="up",
    low=0,
    high=1,
    of_runs=True,
    explained=True,
    measure=micro_f1,
    sums=sums,
    of_sums=of_sums,
)
