"""Exact nearest neighbours by one matrix product a tile: a few thousand watched items need no index."""

import numpy as np
from jaxtyping import Float32, Int64, Shaped

TILE = 1024  # rows at once: 1,024 x 5,000 distances are 20 MB
ROUNDING = 4e-7  # of float32, relative to the squared lengths; the frames' float16 is a thousand times coarser


def squared_distances(x: Shaped[np.ndarray, "n d"], other: Shaped[np.ndarray, "m d"]) -> Float32[np.ndarray, "n m"]:
    """Squared Euclidean distances, never below 0, in float32; those of twins are exactly 0.

    Both sides are moved to their common mean first: far from the origin the matrix product would cancel. What is left
    of that error between twins is cleared, for neighbours at distance 0 count as one spot.
    """
    middle = other.mean(0) if len(other) else 0.0
    x, other = (x - middle).astype(np.float32), (other - middle).astype(np.float32)
    lengths = (x * x).sum(1)[:, None] + (other * other).sum(1)[None, :]
    squares = lengths - 2 * (x @ other.T)
    squares[squares < ROUNDING * lengths] = 0
    return squares


def nearest(
    x: Shaped[np.ndarray, "n d"], k: int, other: Shaped[np.ndarray, "m d"] | None = None
) -> tuple[Int64[np.ndarray, "n k"], Float32[np.ndarray, "n k"]]:
    """The k nearest rows of each row, nearest first, and their Euclidean distances.

    Args:
        x: Rows whose neighbours are sought.
        k: How many; fewer come back where there are fewer.
        other: Among which; None: among ``x`` itself, and no row is its own neighbour (a twin may be).

    Edge cases:
        Fewer than two rows: arrays of width 0. Equal distances: any of them, the same ones every time.

    Example:
        >>> nearest(np.array([[0.0], [1.0], [5.0]]), 1)[0].ravel().tolist()
        [1, 0, 1]
    """
    among = x if other is None else other
    k = max(0, min(k, len(among) - (other is None)))
    indices = np.zeros((len(x), k), np.int64)
    distances = np.zeros((len(x), k), np.float32)
    for start in range(0, len(x) if k else 0, TILE):
        tile = squared_distances(x[start : start + TILE], among)
        rows = np.arange(len(tile))
        if other is None:
            tile[rows, rows + start] = np.inf
        found = np.argpartition(tile, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(tile, found, 1)
        order = np.lexsort((found, values))
        indices[start : start + TILE] = np.take_along_axis(found, order, 1)
        distances[start : start + TILE] = np.sqrt(np.take_along_axis(values, order, 1))
    return indices, distances
