"""How much nearer or farther an item's neighbours of either space are in the other one."""

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from mlcl_core.metrics.cosines import directions
from mlcl_core.metrics.neighbours import Neighbours

PAIRS = 65_536  # at once: 128 MB for two rows of 256 numbers


def cosine_change(
    h_a: Float[Tensor, "n d"], h_b: Float[Tensor, "n e"], a: Neighbours, b: Neighbours
) -> Float64[np.ndarray, " n"]:
    r"""Mean absolute change of the cosine between an item and its neighbours of either space.

    .. math:: \frac{\sum_j M_{ij} |\cos'_{ij} - \cos_{ij}|}{\sum_j M_{ij}}, \qquad M_{ij} = \max(m_{ij}, m'_{ij})

    with m the places among the nearest in ``a`` and m' in ``b``. It compares spaces of any widths, of any two runs.

    Returns:
        0 to 2 for each item; NaN for an item without neighbours in both.

    Edge cases:
        A cosine to an item without a direction is 0.

    Relations:
        Symmetric. 0 for a space and its rotation.
    """
    key = np.union1d(a.key, b.key)
    item = key // a.count
    (share_a, cosine_a), (share_b, cosine_b) = (_of_pairs(key, h, near) for h, near in ((h_a, a), (h_b, b)))
    weight = np.maximum(share_a, share_b)
    total = np.bincount(item, weight, minlength=a.count)
    summed = np.bincount(item, weight * np.abs(cosine_b - cosine_a), minlength=a.count)
    return np.where(total > 0, summed / np.where(total > 0, total, 1), np.nan)


def _of_pairs(
    key: Int64[np.ndarray, " p"], h: Float[Tensor, "n d"], near: Neighbours
) -> tuple[Float64[np.ndarray, " p"], Float64[np.ndarray, " p"]]:
    """Shares and cosines of pairs; a pair of no neighbours has share 0."""
    share, cosine, known = np.zeros(len(key)), np.zeros(len(key)), np.zeros(len(key), bool)
    place = np.searchsorted(key, near.key)
    share[place], cosine[place], known[place] = near.share, near.cosine, True
    others = key[~known]
    cosine[~known] = _cosines(h, others // near.count, others % near.count)
    return share, cosine


def _cosines(
    h: Float[Tensor, "n d"], item: Int64[np.ndarray, " p"], other: Int64[np.ndarray, " p"]
) -> Float64[np.ndarray, " p"]:
    unit = directions(torch.where(torch.isfinite(h).all(1, keepdim=True), h, 0))
    found = np.empty(len(item))
    for start in range(0, len(item), PAIRS):
        here = slice(start, start + PAIRS)
        found[here] = (unit[item[here]] * unit[other[here]]).sum(1).numpy()
    return found
