"""What two rules make of the same items: how far they agree about an item's weight."""

import numpy as np
import torch
from jaxtyping import Bool, Float64

from mlcl_core.losses import PairLoss

TILE = 512  # anchors at once


def weight_agreement(a: PairLoss, b: PairLoss, labels: Bool[np.ndarray, "n c"]) -> Float64[np.ndarray, " n"]:
    r"""The share of an anchor's weight that two rules give to the same pairs.

    .. math:: \sum_j \min\Big(\frac{w_{ij}}{\sum_k w_{ik}}, \frac{w'_{ij}}{\sum_k w'_{ik}}\Big)

    Returns:
        0 to 1 for each item: 1 where both rules weigh its pairs alike but for a factor, 0 where no pair is a positive
        of both; NaN for an item without a positive under either rule.

    Edge cases:
        A positive under one of the rules alone: 0.
    """
    y = torch.from_numpy(np.asarray(labels, dtype=bool))
    found = []
    for start in range(0, len(y), TILE):
        rows = torch.arange(start, min(start + TILE, len(y)))
        weights = [one.pair_weights(y[rows], y, self_index=rows).attract.double() for one in (a, b)]
        sums = [one.sum(1, keepdim=True) for one in weights]
        shares = [one / total.clamp_min(1e-300) for one, total in zip(weights, sums, strict=True)]
        agreed = torch.minimum(*shares).sum(1).clamp(max=1)
        none = (sums[0] == 0) & (sums[1] == 0)
        found.append(torch.where(none[:, 0], torch.nan, agreed))
    return np.asarray(torch.cat(found).numpy()) if found else np.zeros(0)
