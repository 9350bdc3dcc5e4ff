"""How far a map can be trusted: does it show the neighbours that the items have in z?"""

import numpy as np
from jaxtyping import Float64, Int64, Shaped

from mlcl_core.maps.neighbours import nearest, squared_distances

SAMPLE, NEIGHBOURS = 500, 15


def score_sample(n: int, size: int = SAMPLE, seed: int = 0) -> Int64[np.ndarray, " m"]:
    """The rows that scores look at: all, or a fixed random sample, the same for the same n; in order."""
    if n <= size:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).permutation(n)[:size])


def score_neighbours(n: int, k: int = NEIGHBOURS) -> int:
    """How many neighbours n items can be scored with: k, or fewer so that k stays below n / 2; 0: none."""
    return max(0, min(k, (n - 1) // 2))


def trustworthiness(z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"], k: int = NEIGHBOURS) -> float:
    r"""Are the neighbours that the map shows real? 1: all are; items that only the map brings near cost by their rank.

    .. math:: 1 - \frac{2}{n k (2n - 3k - 1)} \sum_i \sum_{j \in N^{xy}_i} \max(0, r_z(i, j) - k)

    with r the rank of j among the items near i: 1 for the nearest; items equally near share the better rank.

    Returns:
        0 to 1, about 0.5 for a random map.

    Edge cases:
        Fewer than 3 items, or all the same: 1, nothing can be wrong. k is lowered to stay below n / 2.

    Relations:
        ``sklearn.manifold.trustworthiness`` where no two distances are equal.

    References:
        Venna and Kaski 2001, ICANN, equation 1.
    """
    k = score_neighbours(len(z), k)
    return _trust(z, nearest(xy, k)[0])


def _trust(z: Shaped[np.ndarray, "n d"], shown: Int64[np.ndarray, "n k"]) -> float:
    n, k = shown.shape
    if k == 0:
        return 1.0
    far = squared_distances(z, z)
    np.fill_diagonal(far, np.inf)
    # how many items are strictly nearer than the one shown: k and more cost
    nearer = np.stack([(far < np.take_along_axis(far, shown[:, [j]], 1)).sum(1) for j in range(k)], 1)
    cost = float(np.maximum(nearer + 1 - k, 0).sum())
    return 1 - cost * 2 / (n * k * (2 * n - 3 * k - 1))


def overlap(left: Int64[np.ndarray, "n k"], right: Int64[np.ndarray, "n k"]) -> float:
    """The mean share of an item's neighbours on the left that are its neighbours on the right too; 1 if k is 0."""
    if left.size == 0:
        return 1.0
    return float((left[:, :, None] == right[:, None, :]).any(2).mean())


def knn_recall(z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"], k: int = NEIGHBOURS) -> float:
    r"""Which share of the k nearest items in z are among the k nearest on the map?

    .. math:: \frac{1}{n} \sum_i |N^z_i \cap N^{xy}_i| / k

    Returns:
        0 to 1; k / (n - 1) for a random map.

    Edge cases:
        Fewer than 3 items: 1. k is lowered to stay below n / 2. Items equally near: any k of them count.
    """
    k = score_neighbours(len(z), k)
    return overlap(nearest(z, k)[0], nearest(xy, k)[0])


def sample_neighbours(z: Shaped[np.ndarray, "n d"]) -> Int64[np.ndarray, "m k"]:
    """The neighbours of the fixed sample within itself: what all scores of a frame are made from."""
    rows = score_sample(len(z))
    return nearest(z[rows], score_neighbours(len(rows)))[0]


def faithfulness(
    z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"], real: Int64[np.ndarray, "m k"] | None = None
) -> dict[str, float]:
    """Both scores over the fixed sample of the items, in the words of the maps' files.

    There is no ``ceiling``: how trustworthy the best 2-D map of these items would be can't be bounded at the price of
    a live map, and a number that only looks like a bound would be worse than none.

    Args:
        z: Embeddings. xy: Their map.
        real: ``sample_neighbours(z)``, when it is there already.
    """
    rows = score_sample(len(z))
    real = sample_neighbours(z) if real is None else real
    shown = sample_neighbours(xy)
    return {"trustworthiness": _trust(z[rows], shown), "knn_recall": overlap(real, shown)}


def spread(xy: Shaped[np.ndarray, "n 2"]) -> float:
    """Root mean square distance of the points from their middle."""
    if not len(xy):
        return 0.0
    wide: Float64[np.ndarray, "n 2"] = xy.astype(np.float64)
    return float(np.square(wide - wide.mean(0)).sum(1).mean() ** 0.5)
