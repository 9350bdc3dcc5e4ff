"""Exact nearest neighbours by one matrix product a tile: a few thousand watched items need no index."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, Shaped

from mlcl_core.ties import kth_nearest, places

TILE = 256  # rows at once: 256 x 20,000 distances are 40 MB
ROUNDING = 1e-14  # of float64, relative to the squared lengths
# Distances that differ by less than this share of the rows' lengths are one: float32 rows are known to a tenth of it.
# Frames in float16 are a hundred times coarser.
TIE = 1e-6
Product = Callable[[np.ndarray, np.ndarray], np.ndarray]


def squared_distances(
    x: Shaped[np.ndarray, "n d"], other: Shaped[np.ndarray, "m d"], product: Product = np.matmul
) -> Float64[np.ndarray, "n m"]:
    """Squared Euclidean distances, never below 0; those of twins are exactly 0.

    In double precision: the error of the matrix product in single precision is as large as differences of a thousandth.
    Both sides are centred first, because far from the origin the product would cancel. The remaining error between
    twins is set to 0, because items at distance 0 count as one spot.

    Args:
        x, other: Rows.
        product: Of two matrices. A process that trains passes torch's, because numpy's would start threads of its own.
    """
    x, other = x.astype(np.float64), other.astype(np.float64)
    middle = other.mean(0) if len(other) else 0.0
    x, other = x - middle, other - middle
    lengths = (x * x).sum(1)[:, None] + (other * other).sum(1)[None, :]
    squares = lengths - 2 * product(x, other.T)
    squares[squares < ROUNDING * lengths] = 0
    return squares


def nearest(
    x: Shaped[np.ndarray, "n d"], k: int, other: Shaped[np.ndarray, "m d"] | None = None
) -> tuple[Int64[np.ndarray, "n k"], Float32[np.ndarray, "n k"]]:
    """The k nearest rows of each row, nearest first, and their Euclidean distances.

    Args:
        x: Rows whose neighbours are sought.
        k: How many; fewer where there are fewer rows.
        other: Among which; None: among ``x`` itself, and no row is its own neighbour (a twin may be).

    Edge cases:
        Fewer than two rows: arrays of width 0. Equal distances: any of them, always the same; :class:`Near` does not
        depend on the order of rows.

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


@dataclass(frozen=True)
class Near:
    """Distances of some items to others, and which of them are equal.

    ``far``: Euclidean; infinite to the item itself. ``length``: of each item's own row; two
    of its distances d are equal when they differ by less than a millionth of length + d.
    """

    far: Float64[np.ndarray, "n m"]
    length: Float64[np.ndarray, "n 1"]

    @classmethod
    def among(
        cls,
        x: Shaped[np.ndarray, "n d"],
        anchors: Int64[np.ndarray, " a"] | None = None,
        product: Product = np.matmul,
    ) -> "Near":
        """Distances of the anchors (None: all rows) to all other rows; ``product`` as in :func:`squared_distances`."""
        at = np.arange(len(x)) if anchors is None else anchors
        rows = x[at].astype(np.float64)
        far = np.sqrt(squared_distances(rows, x, product))
        far[np.arange(len(at)), at] = np.inf
        return cls(far, np.linalg.norm(rows, axis=1, keepdims=True))

    @classmethod
    def between(cls, x: Shaped[np.ndarray, "n d"], other: Shaped[np.ndarray, "m d"]) -> "Near":
        """Distances of all rows to all rows of another set."""
        return cls(np.sqrt(squared_distances(x, other)), np.linalg.norm(x, axis=1, keepdims=True))

    def tie(self, distance: Float64[np.ndarray, "n 1"]) -> Float64[np.ndarray, "n 1"]:
        """The difference up to which another distance counts as equal to this one."""
        return TIE * (self.length + np.where(np.isfinite(distance), distance, 0))

    def places(self, k: int) -> Float64[np.ndarray, "n m"]:
        """The share of an item's k places that each other item takes; see :func:`mlcl_core.ties.places`."""
        return places(self.far, k, self.tie(kth_nearest(self.far, k)) if k else 0.0)

    def within(self, k: int) -> Bool[np.ndarray, "n m"]:
        """Which items are at most as far as the k-th nearest: k, more where several are tied with it."""
        kth = kth_nearest(self.far, k)
        return (self.far <= kth + self.tie(kth)) & np.isfinite(self.far)

    def twins(self) -> Bool[np.ndarray, "n m"]:
        """Which items coincide with the item."""
        return self.far <= TIE * self.length
