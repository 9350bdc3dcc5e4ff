"""What two rules make of the same items: how far they agree about an item's weight."""

import numpy as np
import torch
from jaxtyping import Bool, Float64

from mlcl_core.losses import PairLoss

TILE = 128  # anchors at once


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
        first, second = (one.pair_weights(y[rows], y, self_index=rows).attract for one in (a, b))
        sums = first.sum(1, keepdim=True), second.sum(1, keepdim=True)
        least = torch.finfo(first.dtype).tiny
        # weights are made anew at each call, so that they may be divided in place
        shared = torch.minimum(first.div_(sums[0].clamp_min(least)), second.div_(sums[1].clamp_min(least)), out=first)
        agreed = shared.sum(1, dtype=torch.float64).clamp(max=1)
        found.append(torch.where(((sums[0] == 0) & (sums[1] == 0))[:, 0], torch.nan, agreed))
    return np.asarray(torch.cat(found).numpy()) if found else np.zeros(0)
