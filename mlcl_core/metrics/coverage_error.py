"""How far down the ranking an item's labels reach."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import item_mean
from mlcl_core.metrics.label_order import LabelOrder, of_items
from mlcl_core.metrics.record import FinalMetric


def coverage_error(order: LabelOrder) -> Float64[np.ndarray, " n"]:
    r"""How many labels, from the highest score on, it takes to have all labels of the item; at best |S|.

    .. math:: |\{m: x_m \ge \min_{l \in S} x_l\}|

    Edge cases:
        An item without labels: 0. Of labels with the same score all are taken, or as many as the mean of all orders
        takes, or those in columns before, as the conventions say.

    References:
        ``sklearn.metrics.coverage_error``.
    """
    reach = order.size * 1.0
    if order.ties == "mean":
        # mean place of the last of r hits among m in a random order: r (m + 1) / (r + 1)
        reach = order.hits * (order.size + 1) / (order.hits + 1)
    return np.where(order.hit, order.first + reach, 0.0).max(1, initial=0.0)


COVERAGE_ERROR = FinalMetric(
    name="coverage_error",
    title="Coverage error",
    summary="How many labels, from the highest score on, it takes to have all labels of an item.",
    direction="down",
    low=0,
    **item_mean(of_items(coverage_error)),
)
