"""A classifier that needs no training: ask the nearest items."""

import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

SHARE = 0.3  # of the neighbours: with half of them, rare labels are never predicted


def knn_macro_f1(
    h_train: Float[Tensor, "n d"],
    y_train: Bool[Tensor, "n c"],
    h_test: Float[Tensor, "m d"],
    y_test: Bool[Tensor, "m c"],
    k: int,
) -> float:
    """Macro-F1 when each test item gets the labels that at least 30 % of its ``k`` nearest training items carry.

    Nearest by cosine, every neighbour counting alike. The mean is over labels that some test item carries, as in
    ``classification_metrics``.

    Edge cases:
        Fewer than ``k`` training items: all of them are asked. No training items, or no test item with a label: 0.
    """
    k = min(k, len(h_train))
    carried = y_test.any(0)
    if k == 0 or not bool(carried.any()):
        return 0.0
    cosine = F.normalize(h_test.detach().float(), dim=1) @ F.normalize(h_train.detach().float(), dim=1).T
    nearest = cosine.topk(k, dim=1).indices
    votes = y_train[nearest].sum(1)
    predicted = votes >= SHARE * k
    hit = (predicted & y_test).sum(0)[carried]
    total = (predicted.sum(0) + y_test.sum(0))[carried]
    return float((2 * hit / total).mean())
