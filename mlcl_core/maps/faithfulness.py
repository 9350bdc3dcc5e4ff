"""How far a map can be trusted: whether it shows the neighbours that the items have in z.

Neighbours are those of :mod:`mlcl_core.ties`: items that are tied for the last places share them, so that no score
depends on the order of the rows. Items without a direction have no neighbours in z and are drawn apart on the map:
:func:`faithfulness` leaves them out.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, Shaped

from mlcl_core.maps.embedding import with_direction
from mlcl_core.maps.neighbours import Near, Product

SAMPLE, NEIGHBOURS = 500, 15
ROUNDED_ANCHORS = 64


def score_sample(n: int, size: int = SAMPLE, seed: int = 0) -> Int64[np.ndarray, " m"]:
    """The rows that scores are computed from: all, or a fixed random sample, the same for the same n; ascending."""
    if n <= size:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).permutation(n)[:size])


def score_neighbours(n: int, k: int = NEIGHBOURS) -> int:
    """The number of neighbours that n items are scored with: k, or fewer so that it stays below n / 2; 0: none."""
    return max(0, min(k, (n - 1) // 2))


def trustworthiness(z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"], k: int = NEIGHBOURS) -> float:
    r"""A score of false neighbours: each item that is near on the map alone costs by its rank in z.

    .. math:: 1 - \frac{2}{n k (2n - 3k - 1)} \sum_i \sum_{j \in N^{xy}_i} \max(0, r_z(i, j) - k)

    with r the rank of j among the items near i: 1 for the nearest. It is not a share: a false neighbour that is the
    next best in z costs almost nothing, the farthest item costs most. So it can be near 1 where :func:`knn_recall`,
    the share of right neighbours, is small.

    Returns:
        0 to 1; 1: no neighbour shown is false, about 0.5 for a random map.

    Edge cases:
        Ties in z: items equally near share the better rank. Ties on the map: those tied with the k-th nearest share
        the places left, so that the cost is the mean over all choices. Fewer than 3 items, or all the same: 1, nothing
        can be wrong. k is lowered to stay below n / 2.

    Relations:
        ``sklearn.manifold.trustworthiness`` where no two distances are equal.

    References:
        Venna and Kaski 2001, ICANN, equation 1.
    """
    return _trust(Near.among(z), Near.among(xy), score_neighbours(len(z), k))


def _trust(real: Near, shown: Near, k: int) -> float:
    if k == 0:
        return 1.0
    n = len(real.far)
    taken = shown.places(k)
    # of each row only the columns with a place, k unless many are tied; others follow with a place of 0
    width = int((taken > 0).sum(1).max())
    columns = np.argpartition(-taken, width - 1, axis=1)[:, :width]
    cost = 0.0
    for column in columns.T:
        other = column[:, None]
        distance = np.take_along_axis(real.far, other, 1)
        # how many items are strictly nearer than the one shown: k and more cost
        nearer = (real.far < distance - real.tie(distance)).sum(1)
        cost += float((np.take_along_axis(taken, other, 1)[:, 0] * np.maximum(nearer + 1 - k, 0)).sum())
    return 1 - cost * 2 / (n * k * (2 * n - 3 * k - 1))


def knn_recall(z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"], k: int = NEIGHBOURS) -> float:
    r"""The share of the k neighbours on the map that are neighbours in z.

    .. math:: \frac{1}{n k} \sum_i \sum_j m^{xy}_{ij} \, [\, d_z(i, j) \le d_z(i, i_{(k)}) \,]

    A neighbour on the map is right when its distance in z is at most that of the k-th nearest there. The places m on
    the map are 1 for the k nearest; where more are tied with the last of them, those share the places left
    (:func:`mlcl_core.ties.places`): the mean over all choices.

    Returns:
        0 to 1; k / (n - 1) for a random map. Both sides have k neighbours, so that without ties it is the share of the
        neighbours in z that the map shows, too.

    Edge cases:
        Fewer than 3 items: 1. k is lowered to stay below n / 2. All items equal in z: 1, every neighbour is right, and
        there is no order to show. All on one spot of the map: what a random map has.

    Example:
        Two places of three exact copies each: whichever two copies the map shows beside an item are right.

        >>> z = np.repeat(np.eye(2), 3, 0)
        >>> knn_recall(z, z, 2)
        1.0
    """
    return _recall(Near.among(z), Near.among(xy), score_neighbours(len(z), k))


def _recall(real: Near, shown: Near, k: int) -> float:
    if k == 0:
        return 1.0
    right = float((shown.places(k) * real.within(k)).sum()) / (k * len(real.far))
    return min(right, 1.0)  # shares of places add up to whole ones but for rounding


@dataclass(frozen=True)
class Neighbours:
    """The nearest items in a frame, from which all scores of its maps are computed.

    ``items``: how many the frame has; ``rows``: those of the fixed sample that have a direction, ascending; ``near``:
    their distances to each other. ``tied``: the share of all items with a direction that lie exactly on another one;
    ``spots``: on how many different spots they lie.
    """

    items: int
    rows: Int64[np.ndarray, " m"]
    near: Near
    tied: float
    spots: int

    @property
    def k(self) -> int:
        """The number of neighbours that are compared."""
        return score_neighbours(len(self.rows))


def sample_neighbours(z: Shaped[np.ndarray, "n d"]) -> Neighbours:
    """The neighbours of the fixed sample within itself, without items that have no direction."""
    rows = score_sample(len(z))
    there = with_direction(z)
    rows = rows[there[rows]]
    # 0 and -0 are one number and not the same bytes
    on = Counter(row.tobytes() for row in z[there] + 0.0)
    tied = sum(count for count in on.values() if count > 1) / max(int(there.sum()), 1)
    return Neighbours(len(z), rows, Near.among(z[rows]), tied, len(on))


def overlap(before: Neighbours, now: Neighbours) -> float:
    r"""The share of their neighbours that the items of two frames have in both; 1 where there is none to lose.

    .. math:: \frac{1}{n k} \sum_i \sum_j \min(m_{ij}, m'_{ij})

    with m the places of :func:`mlcl_core.ties.places`: where nothing moved it is 1, exact copies or not.

    Edge cases:
        An item that has a direction in one of the two only has kept no neighbour, and is none that was kept.

    Raises:
        ValueError: The two are not of the same items.
    """
    if before.items != now.items:
        raise ValueError(f"{before.items} items before and {now.items} now: neighbours are compared of the same ones")
    k, asked = max(before.k, now.k), np.union1d(before.rows, now.rows)
    if k == 0:
        return 1.0
    _, left, right = np.intersect1d(before.rows, now.rows, assume_unique=True, return_indices=True)
    both = [one.near.places(one.k)[np.ix_(at, at)] for one, at in ((before, left), (now, right))]
    return min(float(np.minimum(*both).sum()) / (k * len(asked)), 1.0)


def faithfulness(
    z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"], real: Neighbours | None = None
) -> dict[str, float]:
    """The scores of a map over the fixed sample of the items, under the keys of the maps' files.

    There is no ``ceiling``: the trustworthiness of the best 2-D map of these items can't be bounded at the cost of a
    live map, and a number that merely looks like a bound would be worse than none.

    Args:
        z: Embeddings; a row of zeros has no direction and is left out. xy: Their map.
        real: ``sample_neighbours(z)``, when it is there already.

    Returns:
        ``trustworthiness`` and ``knn_recall`` as the functions of these names; of all items that have a direction,
        ``tied``: the share of those that lie exactly on another one in z, ``spots``: on how many different spots they
        lie. With fewer than two spots there is no order that a map could show, and both scores are 1.
    """
    real = sample_neighbours(z) if real is None else real
    shown = Near.among(xy[real.rows])
    return {
        "trustworthiness": _trust(real.near, shown, real.k),
        "knn_recall": _recall(real.near, shown, real.k),
        "tied": real.tied,
        "spots": float(real.spots),
    }


def rounding_recall(
    exact: Shaped[np.ndarray, "n d"], rounded: Shaped[np.ndarray, "n d"], product: Product = np.matmul
) -> float:
    """The kNN recall of rounded rows against exact ones: do neighbours, by direction, survive the rounding?

    64 anchors, a fixed sample, look for their 15 neighbours among all rows: for rows of 64 numbers that costs 3 ms at
    2,000 rows, 30 ms at 20,000. The standard error of a share of .98 over so many neighbours is .005.

    Args:
        exact, rounded: Rows of length 1, or of zeros.
        product: Of two matrices, as in :func:`mlcl_core.maps.neighbours.squared_distances`.

    Edge cases:
        An anchor, or a neighbour, that rounding leaves without a direction counts as lost. Fewer than 3 rows with a
        direction, or exact copies only: 1.
    """
    rows = np.flatnonzero(with_direction(exact))
    k = score_neighbours(len(rows))
    if k == 0:
        return 1.0
    anchors = score_sample(len(rows), ROUNDED_ANCHORS)
    real, shown = (Near.among(one[rows], anchors, product) for one in (exact, rounded))
    there = with_direction(rounded[rows])
    shown.far[:, ~there] = np.inf
    shown.far[~there[anchors]] = np.inf
    return _recall(real, shown, k)


def spread(xy: Shaped[np.ndarray, "n 2"]) -> float:
    """Root mean square distance of the points from their middle."""
    if not len(xy):
        return 0.0
    wide: Float64[np.ndarray, "n 2"] = xy.astype(np.float64)
    return float(np.square(wide - wide.mean(0)).sum(1).mean() ** 0.5)
