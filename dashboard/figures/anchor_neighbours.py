"""The nearest neighbours of the anchor in the embedding, and whether a map shows them as near."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, Shaped

from mlcl_core.maps.embedding import directions, with_direction
from mlcl_core.maps.neighbours import Near

NEIGHBOURS = 15
ROUNDED = 2e-5  # single precision, and more than two distances that count as tied differ by
MAX_LINES = 60  # more are tied only where the space has collapsed


@dataclass(frozen=True)
class AnchorNeighbours:
    """Rows near the anchor, nearest first: ``real`` in the embedding, ``shown`` on the map; ``words`` compare them."""

    real: Int64[np.ndarray, " a"]
    shown: Int64[np.ndarray, " b"]
    words: str

    def message(self) -> Mapping[str, np.ndarray]:
        """The arrays of a frame's message: real neighbours, whether the map has them near, and the map's false ones."""
        return {
            "near": self.real.astype(np.uint32),
            "near_shown": np.isin(self.real, self.shown).astype(np.uint8),
            "near_false": self.shown[~np.isin(self.shown, self.real)].astype(np.uint32),
        }


def anchor_neighbours(
    h: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"], row: int, k: int = NEIGHBOURS
) -> AnchorNeighbours:
    """The k nearest items of a row, in the embedding by cosine and on the map by distance.

    Edge cases:
        Items tied with the k-th nearest all count, so there may be more than k; more than 60: none is returned, and
        the words say so. A row or an item without a direction is near nothing. A map without a place for the row has
        none near it.
    """
    h = np.where(np.isfinite(h).all(1, keepdims=True), h, 0)
    there = with_direction(h) & np.isfinite(xy).all(1)
    none = np.zeros(0, np.int64)
    if not there[row]:
        return AnchorNeighbours(none, none, "no neighbours: the anchor has no direction")
    real, shown = _nearest(h, _perhaps(h, there, row, k), row, k, directions), _nearest(xy, there, row, k)
    if max(len(real), len(shown)) > MAX_LINES:
        where = "in the embedding" if len(real) > MAX_LINES else "on the map"
        most = max(len(real), len(shown))
        return AnchorNeighbours(none, none, f"no lines: {most:,} items {where} are equally near to the anchor")
    both = int(np.isin(real, shown).sum())
    words = f"{both} of its {len(real)} neighbours in the embedding are among its {len(shown)} nearest on the map"
    return AnchorNeighbours(real, shown, words)


def _perhaps(h: Shaped[np.ndarray, "n d"], there: Bool[np.ndarray, " n"], row: int, k: int) -> Bool[np.ndarray, " n"]:
    """The row and all items that may be among its k nearest, by cosines in single precision: of many items, a few."""
    rows = h.astype(np.float32)
    rows /= np.maximum(np.abs(rows).max(1, keepdims=True), np.finfo(np.float32).tiny)
    lengths = np.maximum(np.linalg.norm(rows, axis=1), np.finfo(np.float32).tiny)
    cosine = np.where(there, rows @ (rows[row] / lengths[row]) / lengths, -np.inf)
    cosine[row] = np.inf
    if len(h) <= k + 1:
        return there
    return there & (cosine >= np.partition(cosine, -(k + 1))[-(k + 1)] - ROUNDED)


def _nearest(
    x: Shaped[np.ndarray, "n d"],
    among: Bool[np.ndarray, " n"],
    row: int,
    k: int,
    scaled: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> Int64[np.ndarray, " a"]:
    (rows,) = np.nonzero(among)
    if len(rows) < 2:
        return np.zeros(0, np.int64)
    near = Near.among(scaled(x[rows]), np.flatnonzero(rows == row))
    (found,) = np.nonzero(near.within(min(k, len(rows) - 1))[0])
    return rows[found[np.argsort(near.far[0, found], kind="stable")]]
