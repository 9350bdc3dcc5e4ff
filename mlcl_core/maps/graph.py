"""UMAP's picture of a data set: a graph whose edges say how much two items are neighbours, 0 to 1."""

import numpy as np
from jaxtyping import Float32, Int32, Int64

# umap-learn stops its search for a scale here, and no scale falls below this share of the mean distance
TOLERANCE, SMALLEST_SCALE, ROUNDS = 1e-5, 1e-3, 64


def memberships(distances: Float32[np.ndarray, "n k"], neighbours: int | None = None) -> Float32[np.ndarray, "n k"]:
    r"""How much each of an item's k nearest neighbours belongs to it: 1 for the nearest, less further away.

    .. math:: \exp(-\max(0, d_{ij} - \rho_i) / \sigma_i), \quad \sum_j = \log_2(k + 1)

    with :math:`\rho_i` the distance to the nearest item that is no twin; :math:`\sigma_i` is found by bisection. The
    item itself counts as a neighbour in umap-learn, so ``n_neighbors`` there is k + 1 here.

    Args:
        distances: To the k nearest, nearest first, the item itself left out.
        neighbours: What to take the logarithm of; None: k + 1.

    Edge cases:
        Only twins (all distances 0): every membership is 1.

    References:
        McInnes, Healy, Melville 2018 (arXiv:1802.03426), algorithms 2 and 3.
    """
    n, k = distances.shape
    wide = distances.astype(np.float64)
    rho = np.where(wide > 0, wide, np.inf).min(1, initial=np.inf)
    rho[~np.isfinite(rho)] = 0
    beyond = np.maximum(wide - rho[:, None], 0)
    target = np.log2(k + 1 if neighbours is None else neighbours)
    low, high, scale = np.zeros(n), np.full(n, np.inf), np.ones(n)
    for _ in range(ROUNDS):
        total = np.exp(-beyond / scale[:, None]).sum(1)
        off = np.abs(total - target) >= TOLERANCE
        if not off.any():
            break
        above = off & (total > target)
        below = off & ~above
        high[above], low[below] = scale[above], scale[below]
        middle = np.where(np.isinf(high), scale * 2, (low + high) / 2)
        scale[off] = middle[off]
    # with the item itself counted in, as umap-learn's mean does
    mean = np.where(rho > 0, wide.sum(1) / (k + 1), wide.sum() / max(n * (k + 1), 1))
    scale = np.maximum(scale, SMALLEST_SCALE * mean)
    return np.exp(-beyond / np.where(scale > 0, scale, 1)[:, None]).astype(np.float32)


def neighbour_graph(
    indices: Int64[np.ndarray, "n k"], distances: Float32[np.ndarray, "n k"]
) -> tuple[Int32[np.ndarray, " e"], Int32[np.ndarray, " e"], Float32[np.ndarray, " e"]]:
    r"""Join both directions of every pair of neighbours.

    .. math:: w_{ij} = m_{ij} + m_{ji} - m_{ij} m_{ji}

    Returns:
        Edges as heads, tails and weights in (0, 1]; every edge stands there in both directions, sorted by head, tail.
    """
    n, k = indices.shape
    heads = np.repeat(np.arange(n, dtype=np.int64), k)
    tails = indices.ravel()
    values = memberships(distances).ravel().astype(np.float64)
    there, back = heads * n + tails, tails * n + heads
    keys, slots = np.unique(np.concatenate([there, back]), return_inverse=True)
    one_way = np.zeros(len(keys))
    other_way = np.zeros(len(keys))
    one_way[slots[: len(there)]] = values
    other_way[slots[len(there) :]] = values
    weights = one_way + other_way - one_way * other_way
    keys, weights = keys[weights > 0], weights[weights > 0]
    return (keys // n).astype(np.int32), (keys % n).astype(np.int32), weights.astype(np.float32)
