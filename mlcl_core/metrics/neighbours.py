"""The nearest neighbours of every item by cosine, with ties: overlap, purity and relative drift count on them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.metrics.cosines import TIE, directions
from mlcl_core.ties import places

NEIGHBOURS = 15
TILE_NUMBERS = 8_000_000  # cosines at once: 32 MB
MAX_PAIRS = 20_000_000  # 400 MB; k a row without ties, so that only a space in which most items coincide has more


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Pairs of an item and one of its nearest neighbours, the pairs of an item side by side.

    Attributes:
        count: Number of items, n.
        k: Places of each item.
        item, other: Rows of both; by item, then by other.
        share: Share of a place that the other takes: 1 without ties.
        cosine: Of the two.
    """

    count: int
    k: int
    item: Int64[np.ndarray, " p"]
    other: Int64[np.ndarray, " p"]
    share: Float32[np.ndarray, " p"]
    cosine: Float32[np.ndarray, " p"]

    @cached_property
    def taken(self) -> Float64[np.ndarray, " n"]:
        """Places that are taken, of each item: k; fewer where there are fewer candidates, 0 without a direction."""
        return self.sums(self.share)

    @property
    def key(self) -> Int64[np.ndarray, " p"]:
        """A number for each pair, ascending; the same for the same pair of rows in another space of as many items."""
        return self.item * self.count + self.other

    def sums(self, values: Float[np.ndarray, " p"]) -> Float64[np.ndarray, " n"]:
        """Sum of the values of each item's pairs."""
        return np.bincount(self.item, values, minlength=self.count).astype(np.float64)  # whole numbers without pairs

    def means(self, values: Float[np.ndarray, " p"]) -> Float64[np.ndarray, " n"]:
        """Mean of the values of each item's pairs, weighted by share; NaN for an item without neighbours."""
        taken = self.taken
        return np.where(taken > 0, self.sums(values * self.share) / np.where(taken > 0, taken, 1), np.nan)


def nearest_neighbours(h: Float[Tensor, "n d"], k: int = NEIGHBOURS) -> Neighbours:
    """The k nearest items of each item by cosine; no item is its own neighbour, an exact copy may be.

    Items nearer than the k-th count 1; those tied with it (cosine within 1e-6) share the places left, as
    :func:`mlcl_core.ties.places` says: the mean over all choices, as in ``knn_macro_f1``. All cosines are computed, a
    tile of rows at a time: memory is linear in n.

    Edge cases:
        k is lowered to n - 1. An item without a direction (a row of zeros, or with a number that is not finite) is no
        neighbour and has none.

    Raises:
        InputError: More than 20 million pairs: in a large space most items coincide, and no neighbours are nearest.
    """
    k = max(0, min(k, len(h) - 1))
    unit = directions(torch.where(torch.isfinite(h).all(1, keepdim=True), h, 0))
    there = (unit != 0).any(1)
    rows = max(1, TILE_NUMBERS // max(len(h), 1))
    tiles: list[tuple[np.ndarray, ...]] = []
    found = 0
    for start in range(0, len(h) if k else 0, rows):
        tile = unit[start : start + rows] @ unit.T
        if not bool(there.all()):
            tile[~(there[start : start + rows, None] & there)] = -torch.inf
        tile.diagonal(start).fill_(-torch.inf)
        row, other, share = _places(tile, k)
        tiles.append((row + start, other, share, tile[row, other].numpy()))
        found += len(row)
        if found > MAX_PAIRS:
            raise InputError(
                f"the {k} nearest of {len(h):,} items cannot be told apart: more than {MAX_PAIRS:,} pairs are equally "
                "near, so most items coincide"
            )
    columns = zip(*tiles, strict=True) if tiles else ([np.zeros(0)] for _ in range(4))
    item, other, share, cosine = (np.concatenate(column) for column in columns)
    numbers = share.astype(np.float32), cosine.astype(np.float32)
    return Neighbours(len(h), k, item.astype(np.int64), other.astype(np.int64), *numbers)


def _places(tile: Float[Tensor, "rows n"], k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and share of each place that is taken, by row and column."""
    best = tile.topk(min(k + 1, tile.shape[1]), dim=1)
    # which of them are chosen matters only where the next one is tied with the last
    last, following = best.values[:, k - 1], best.values[:, -1]
    tied = (last - following <= TIE) & torch.isfinite(following) & (tile.shape[1] > k)
    single = (~tied)[:, None] & torch.isfinite(best.values[:, :k])
    row = single.nonzero()[:, 0].numpy()
    other = best.indices[:, :k][single].numpy()
    share = np.ones(len(row))
    if bool(tied.any()):
        among = places(-tile[tied].numpy(), k, TIE)
        more = np.nonzero(among)
        row = np.concatenate([row, tied.nonzero()[:, 0].numpy()[more[0]]])
        other, share = np.concatenate([other, more[1]]), np.concatenate([share, among[more]])
    order = np.lexsort((other, row))
    return row[order], other[order], share[order]
