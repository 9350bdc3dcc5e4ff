"""Pairs of labels in the wrong order."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import item_mean, ratio
from mlcl_core.metrics.label_order import LabelOrder, of_items
from mlcl_core.metrics.record import FinalMetric


def ranking_loss(order: LabelOrder) -> Float64[np.ndarray, " n"]:
    r"""Share of pairs, of a label that the item has and one that it lacks, in which the other one is not below.

    .. math:: \frac{|\{(l, m): y_l = 1, y_m = 0, x_l \le x_m\}|}{|S| \, (c - |S|)}

    Edge cases:
        An item with no label or with all: 0. Ties count as wrong, or by a half, or by their column, as the conventions
        say.

    References:
        Tsoumakas, Katakis and Vlahavas, "Mining multi-label data", 2010; ``sklearn.metrics.label_ranking_loss``.
    """
    others_before = order.first - order.hits_before
    tied = order.size - order.hits
    if order.ties != "scikit_learn":
        # of all orders of a group one half has the other label first; a group of one has no other label
        tied = tied / 2
    wrong = np.where(order.hit, others_before + tied, 0).sum(1)
    labels = order.hit.sum(1)
    return ratio(wrong, labels * (order.hit.shape[1] - labels), 0.0)


RANKING_LOSS = FinalMetric(
    name="ranking_loss",
    title="Ranking loss",
    summary="Share of pairs of a label that the item has and one that it lacks in the wrong order.",
    direction="down",
    low=0,
    high=1,
    **item_mean(of_items(ranking_loss)),
)
