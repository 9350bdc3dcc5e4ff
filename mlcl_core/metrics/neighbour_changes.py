"""The neighbours of one item that two spaces share, and those of either alone."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from mlcl_core.metrics.cosines import TIE, directions
from mlcl_core.metrics.neighbours import NEIGHBOURS
from mlcl_core.ties import places

FATES = LOST, GAINED, KEPT = "lost", "gained", "kept"


@dataclass(frozen=True, eq=False)
class NeighbourChanges:
    """The nearest neighbours of one item in space a or b: lost ones first, then gained, then kept.

    Attributes:
        other: Their rows.
        fate: ``kept``: near in both; ``gained``: in b alone; ``lost``: in a alone.
        share: Share of a place that each takes in a and in b, [m 2].
        rank: 1 for the nearest in a and in b, [m 2]; tied ones have the best rank of theirs.
        cosine: To the item in a and in b, [m 2].
    """

    other: Int64[np.ndarray, " m"]
    fate: tuple[str, ...]
    share: Float64[np.ndarray, "m 2"]
    rank: Int64[np.ndarray, "m 2"]
    cosine: Float64[np.ndarray, "m 2"]


def neighbour_changes(
    h_a: Float[Tensor, "n d"], h_b: Float[Tensor, "n e"], item: int, k: int = NEIGHBOURS
) -> NeighbourChanges:
    """Kept, gained and lost neighbours of ``item`` with their places, as :func:`nearest_neighbours` counts them.

    Within each kind the nearest come first: by rank in b, lost ones by rank in a.

    Edge cases:
        An item without a direction in a space has no neighbours there.

    Relations:
        The smaller of the two shares, summed over k: the item's ``neighbour_overlap``.
    """
    k = max(0, min(k, len(h_a) - 1))
    cosine = np.stack([_cosines(h, item) for h in (h_a, h_b)], axis=1)
    share = np.stack([places(-column[None], k, TIE)[0] for column in cosine.T], axis=1)
    (near,) = np.nonzero((share > 0).any(1))
    rank = np.stack([(column > column[near, None] + TIE).sum(1) + 1 for column in cosine.T], axis=1)
    kind = np.select([share[near, 1] == 0, share[near, 0] == 0], [0, 1], 2)
    order = np.lexsort((near, np.where(kind == 0, rank[:, 0], rank[:, 1]), kind))
    fate = tuple(FATES[one] for one in kind[order])
    near = near[order]
    return NeighbourChanges(near, fate, share[near], rank[order], cosine[near].astype(np.float64))


def _cosines(h: Float[Tensor, "n d"], item: int) -> np.ndarray:
    """Cosines of all items to one; minus infinity where either has no direction, and to itself."""
    unit = directions(torch.where(torch.isfinite(h).all(1, keepdim=True), h, 0))
    there = (unit != 0).any(1)
    found = (unit @ unit[item]).masked_fill(~(there & there[item]), -torch.inf)
    found[item] = -torch.inf
    return found.numpy()
