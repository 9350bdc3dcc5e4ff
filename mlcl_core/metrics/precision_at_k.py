"""How many of the labels with the highest scores an item has."""

import numpy as np
from jaxtyping import Float64

from mlcl_core.metrics.item_mean import item_mean
from mlcl_core.metrics.label_order import LabelOrder, of_items
from mlcl_core.metrics.record import FinalMetric


def precision_at_k(order: LabelOrder, k: int) -> Float64[np.ndarray, " n"]:
    r"""Share of the k labels with the highest scores that the item has.

    .. math:: \frac{1}{k} \sum_{p=1}^{k} y_{(p)}

    Edge cases:
        An item with fewer than k labels can't reach 1, one without labels has 0. k is lowered to the number of labels.
        Labels with the same score: the mean of all orders, or by their column, as the conventions say.

    References:
        Prabhu and Varma, "FastXML", KDD 2014.
    """
    return order.expected[:, :k].mean(1)


def _metric(k: int, summary: str) -> FinalMetric:
    return FinalMetric(
        name=f"precision_at_{k}",
        title=f"Precision@{k}",
        summary=summary,
        direction="up",
        low=0,
        high=1,
        **item_mean(of_items(lambda order: precision_at_k(order, k))),
    )


PRECISION_AT_1 = _metric(1, "Share of items that have the label with the highest score.")
PRECISION_AT_3 = _metric(3, "Share of the 3 labels with the highest scores that the item has.")
PRECISION_AT_5 = _metric(5, "Share of the 5 labels with the highest scores that the item has.")
