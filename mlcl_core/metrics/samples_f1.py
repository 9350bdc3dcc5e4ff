"""The mean of each item's F1."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import item_mean, ratio
from mlcl_core.metrics.record import FinalMetric, Predictions


def f1_of_items(predictions: Predictions, otherwise: float) -> Float64[np.ndarray, " n"]:
    r"""F1 of each item's label set and the predicted one.

    .. math:: \frac{2 |S \cap \hat S|}{|S| + |\hat S|}

    Edge cases:
        No label and none predicted: ``otherwise``.
    """
    hits = (predictions.labels & predictions.predicted).sum(1)
    return ratio(2 * hits, predictions.labels.sum(1) + predictions.predicted.sum(1), otherwise)


def samples_f1(predictions: Predictions) -> Float64[np.ndarray, " n"]:
    """F1 of each item; 0 / 0 as the conventions say, as scikit-learn does for ``average="samples"``."""
    return f1_of_items(predictions, float(predictions.conventions.zero_division))


def example_f1(predictions: Predictions) -> Float64[np.ndarray, " n"]:
    """F1 of each item; NaN, so that it is left out of the mean, for one with no label and none predicted.

    References:
        The published script of MulSupCon (Zhang and Wu, AAAI 2024), which calls it ebF1.
    """
    return f1_of_items(predictions, np.nan)


SAMPLES_F1 = FinalMetric(
    name="samples_f1",
    title="Samples-F1",
    summary="Mean of each item's F1; an item weighs as much as another, however many labels it has.",
    direction="up",
    low=0,
    high=1,
    **item_mean(samples_f1),
)
EXAMPLE_F1 = FinalMetric(
    name="example_f1",
    title="Example-F1",
    summary="Samples-F1 without the items that have no label and get none, as MulSupCon's published script has it.",
    direction="up",
    low=0,
    high=1,
    **item_mean(example_f1),
)
