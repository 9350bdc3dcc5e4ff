"""Label ranking average precision."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import item_mean, ratio
from mlcl_core.metrics.label_order import LabelOrder, of_items
from mlcl_core.metrics.record import FinalMetric


def label_ranking_average_precision(order: LabelOrder) -> Float64[np.ndarray, " n"]:
    r"""Mean over an item's labels of the share of its labels among those ranked at least as high.

    .. math:: \frac{1}{|S|} \sum_{l \in S} \frac{|\{m \in S: x_m \ge x_l\}|}{|\{m: x_m \ge x_l\}|}

    Edge cases:
        An item with no label or with all: 1. Labels with the same score all count as ranked at the last of their
        places, or take the mean of all orders, or stand by their column, as the conventions say.

    References:
        ``sklearn.metrics.label_ranking_average_precision_score``.
    """
    c = order.hit.shape[1]
    labels = order.hit.sum(1)
    if order.ties == "scikit_learn":
        share = (order.hits_before + order.hits) / (order.first + order.size)
        found = np.where(order.hit, share, 0).sum(1)
    else:
        # at the p-th place of a group of m with r hits there is a hit with chance r / m, and before it (p - 1) of the
        # others, each a hit with chance (r - 1) / (m - 1)
        place = np.arange(c) - order.first
        in_group = place * (order.hits - 1) / np.maximum(order.size - 1, 1)
        found = (order.expected * (order.hits_before + in_group + 1) / np.arange(1, c + 1)).sum(1)
    return np.where((labels > 0) & (labels < c), ratio(found, labels, 1.0), 1.0)


LRAP = FinalMetric(
    name="lrap",
    title="LRAP",
    summary="Label ranking average precision: how many of the labels ranked as high as one of the item's are its own.",
    direction="up",
    low=0,
    high=1,
    **item_mean(of_items(label_ranking_average_precision)),
)
