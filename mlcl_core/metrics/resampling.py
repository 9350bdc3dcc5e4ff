"""A metric of items that are drawn again."""

import numpy as np
from jaxtyping import Float64, Integer

from mlcl_core.metrics.record import FinalMetric, Predictions

NUMBERS = 4_000_000  # counts at once: 32 MB


def resampled(
    metric: FinalMetric, predictions: Predictions, counts: Integer[np.ndarray, "b n"]
) -> Float64[np.ndarray, " b"]:
    """The metric where item i is there ``counts[b, i]`` times, for each row of counts; counts of 1 give ``measure``.

    A label that none of the items of a row has is absent there: the conventions of ``predictions`` say what it does.

    Raises:
        TypeError: A metric that says nothing of how it is resampled.
    """
    if metric.weighted is not None:
        return metric.weighted(predictions, counts)
    if metric.sums is None or metric.of_sums is None:
        raise TypeError(f"{metric.name} has neither sums nor weights: it can't be resampled")
    of_items = metric.sums(predictions)
    rows = max(1, NUMBERS // max(1, counts.shape[1]))
    tiles = [counts[start : start + rows] for start in range(0, len(counts), rows)] or [counts]
    return np.concatenate(
        [metric.of_sums(tile.astype(np.float64) @ of_items, predictions.conventions) for tile in tiles]
    )
