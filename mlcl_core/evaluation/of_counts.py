"""A metric of predictions as a function of how often each item counts, which is what resampling asks for."""

from functools import partial

from mlcl_core.errors import InputError
from mlcl_core.metrics import FinalMetric, Predictions, resampled
from mlcl_core.statistics import by_sums
from mlcl_core.statistics.resample import OfCounts


def of_counts(metric: FinalMetric, predictions: Predictions) -> OfCounts:
    """The metric of these predictions where each item counts as often as it is told.

    Raises:
        InputError: The metric says nothing of how it is resampled.
    """
    if metric.weighted is not None:
        return partial(resampled, metric, predictions)
    if metric.sums is None or metric.of_sums is None:
        raise InputError(f"{metric.title} cannot be resampled: it has no interval")
    return by_sums(metric.sums(predictions), partial(metric.of_sums, conventions=predictions.conventions))


__all__ = ["of_counts"]
