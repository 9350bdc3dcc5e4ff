"""How high an item's labels stand among those with the highest scores."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import item_mean, ratio
from mlcl_core.metrics.label_order import LabelOrder, of_items
from mlcl_core.metrics.record import FinalMetric


def discounts(places: int) -> Float64[np.ndarray, " places"]:
    """What a gain is worth at each place, from the first on: 1 / log2(place + 1)."""
    return 1 / np.log2(np.arange(2, places + 2))


def ndcg_at_k(order: LabelOrder, k: int) -> Float64[np.ndarray, " n"]:
    r"""Discounted gain of the k labels with the highest scores, as a share of the largest that the item allows.

    .. math:: \sum_{p=1}^{k} \frac{y_{(p)}}{\log_2(p + 1)} \Big/ \sum_{p=1}^{\min(k, |S|)} \frac{1}{\log_2(p + 1)}

    Edge cases:
        An item without labels: 0. k is lowered to the number of labels. Labels with the same score: the mean of all
        orders, or by their column, as the conventions say.

    References:
        Järvelin and Kekäläinen, TOIS 2002; ties: McSherry and Najork, ECIR 2008; ``sklearn.metrics.ndcg_score``.
    """
    k = min(k, order.hit.shape[1])
    worth = discounts(k)
    best = np.concatenate([[0.0], worth.cumsum()])[np.minimum(order.hit.sum(1), k)]
    return ratio(order.expected[:, :k] @ worth, best, 0.0)


def _metric(k: int, summary: str) -> FinalMetric:
    return FinalMetric(
        name=f"ndcg_at_{k}",
        title=f"nDCG@{k}",
        summary=summary,
        direction="up",
        low=0,
        high=1,
        **item_mean(of_items(lambda order: ndcg_at_k(order, k))),
    )


NDCG_AT_1 = _metric(1, "Share of items that have the label with the highest score: the same as precision@1.")
NDCG_AT_3 = _metric(3, "How high the item's labels stand among the 3 with the highest scores.")
NDCG_AT_5 = _metric(5, "How high the item's labels stand among the 5 with the highest scores.")
