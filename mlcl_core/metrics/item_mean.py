"""Metrics that are the mean of a number of each item."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.conventions import LAB, Conventions
from mlcl_core.metrics.record import Predictions

OfItems = Callable[[Predictions], Float64[np.ndarray, " n"]]


def item_mean(of_items: OfItems) -> dict[str, Any]:
    """``measure``, ``sums`` and ``of_sums`` of a metric that is the mean of ``of_items``.

    Edge cases:
        An item whose number is NaN is left out of the mean; no items, or none that counts: 0.
    """

    def sums(predictions: Predictions) -> Float64[np.ndarray, "n 2"]:
        values = of_items(predictions)
        counts = ~np.isnan(values)
        return np.stack([np.where(counts, values, 0), counts.astype(np.float64)], 1)

    return {"measure": lambda predictions: float(mean(sums(predictions).sum(0))), "sums": sums, "of_sums": mean}


def mean(
    totals: Float64[np.ndarray, "*resamples 2"], conventions: Conventions = LAB
) -> Float64[np.ndarray, "*resamples"]:
    """The first sum divided by the second; 0 where that is 0."""
    del conventions
    return ratio(totals[..., 0], totals[..., 1], 0.0)


def ratio(above: np.ndarray | float, below: np.ndarray | float, otherwise: float) -> Float64[np.ndarray, "*any"]:
    """``above / below``; ``otherwise`` where ``below`` is 0."""
    there = np.not_equal(below, 0)
    return np.where(there, above / np.where(there, below, 1), otherwise)
