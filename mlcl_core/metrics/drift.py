"""How far each item moved between two steps of one run, apart from what the whole space and its neighbours did."""

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64
from scipy.sparse import csr_array
from torch import Tensor

from mlcl_core.metrics.cosines import directions
from mlcl_core.metrics.neighbours import Neighbours


def moves(before: Float[Tensor, "n d"], after: Float[Tensor, "m e"]) -> Float32[np.ndarray, "n d"]:
    r"""The move of each item's direction after the rotation that explains most of all moves.

    .. math:: x'_i R - x_i, \qquad R = \arg\min_{R^T R = 1} \sum_i |x'_i R - x_i|^2 = U V^T, \quad U S V^T = X'^T X

    with x the rows scaled to length 1, because losses and neighbours depend on directions alone. A rotation or
    reflection of the whole space changes no cosine, and counts as no move.

    Edge cases:
        An item without a direction (a row of zeros, or not finite) at one of the two steps: NaN, and not fitted.

    Raises:
        ValueError: The shapes differ: between spaces of other widths there is no rotation.

    References:
        Schönemann 1966, Psychometrika 31(1), equation 2.
    """
    if before.shape != after.shape:
        raise ValueError(f"{tuple(before.shape)} and {tuple(after.shape)}: moves need the same items and widths")
    finite = (torch.isfinite(before) & torch.isfinite(after)).all(1, keepdim=True)
    x, y = (directions(torch.where(finite, one, 0)) for one in (before, after))
    there = (x != 0).any(1) & (y != 0).any(1)
    u, _, vt = torch.linalg.svd(y[there].double().T @ x[there].double())
    moved = (y @ (u @ vt).float() - x).numpy()
    moved[~there.numpy()] = np.nan
    return moved


def drift(moved: Float32[np.ndarray, "n d"]) -> Float64[np.ndarray, " n"]:
    """The length of each item's move, from :func:`moves`: 0 to 2, and NaN for an item without a direction.

    Units are radii of the unit sphere: 0.1 is an angle of 5.7 degrees, 1 of 60, 2 the opposite direction.
    """
    return np.linalg.norm(moved.astype(np.float64), axis=1)


def relative_drift(moved: Float32[np.ndarray, "n d"], near: Neighbours) -> Float64[np.ndarray, " n"]:
    r"""The length of an item's move less the mean move of its neighbours: who moved otherwise than those around it.

    .. math:: \Big| v_i - \frac{1}{k} \sum_j m_{ij} v_j \Big|

    with v the moves (:func:`moves`) and m the places among the nearest before the move.

    Returns:
        0 to 4; NaN for an item without a direction or without neighbours that have one at both steps.

    Relations:
        0 where an item moves as its neighbours do on the mean, however far.
    """
    known = ~np.isnan(moved).any(1)
    weights = csr_array((near.share, (near.item, near.other)), shape=(near.count, near.count))
    taken = weights @ known.astype(np.float64)
    common = (weights @ np.where(known[:, None], moved, 0)) / np.where(taken > 0, taken, 1)[:, None]
    found = np.linalg.norm(moved.astype(np.float64) - common, axis=1)
    return np.where(taken > 0, found, np.nan)
