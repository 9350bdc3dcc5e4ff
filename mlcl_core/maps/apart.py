"""Items without a direction: no map can place them among the others, so every map draws them apart."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Shaped

from mlcl_core.maps.embedding import with_direction
from mlcl_core.maps.record import Map, MapRecord
from mlcl_core.maps.umap import place

COLUMNS = 40  # of the block that they fill
GAP = 0.08  # between the cloud and the block, as a share of the cloud's larger side


def draw(
    record: MapRecord,
    z: Shaped[np.ndarray, "n d"],
    previous: Float32[np.ndarray, "n 2"] | None = None,
    **options: Any,
) -> Map:
    """Make a map of the items that have a direction, and draw the others in a block beneath it.

    A row of zeros has cosine 0 to every other. To a neighbour graph it would be as near to one as to the next, and
    UMAP would tie it to arbitrary items at full strength.

    Args:
        record: A value of ``MAPS``.
        z: Directions, one row an item; rows of zeros have none.
        previous: The same items on the map before; a row of NaN had no place there (it was drawn apart), and starts
            between the items that are nearest to it now.
        **options: Options of the map.

    Returns:
        The map, and ``without_direction`` among its details: how many items are drawn apart. Where no item has a
        direction, the map is the block alone.

    Raises:
        InputError: NaN or infinity in z (row and column named).
    """
    there = with_direction(z)
    drawn = record.make(z[there], _before(z, previous, there), **options)
    apart = float(len(z) - there.sum())
    return Map(drawn.name, put_apart(drawn.xy, there), {**drawn.details, "without_direction": apart})


def _before(
    z: Shaped[np.ndarray, "n d"], previous: Float32[np.ndarray, "n 2"] | None, there: Bool[np.ndarray, " n"]
) -> Float32[np.ndarray, "m 2"] | None:
    """The earlier places of the items that have a direction now; None where no item had one before."""
    if previous is None:
        return None
    placed = np.isfinite(previous).all(1)
    old, new = there & placed, there & ~placed
    if not old.any():
        return None
    start = previous.copy()
    start[new] = place(z[new].astype(np.float64), z[old].astype(np.float64), previous[old].astype(np.float64))
    return start[there]


def put_apart(xy: Float32[np.ndarray, "m 2"], there: Bool[np.ndarray, " n"]) -> Float32[np.ndarray, "n 2"]:
    """The coordinates of all items: those with a direction at ``xy``, the others in a block of rows beneath the cloud.

    The block is as wide as the larger side of the cloud, and is filled in the order of the rows from its upper left.

    Edge cases:
        A cloud on one spot, or none at all: the block is 2 wide.
    """
    cloud = xy.astype(np.float64)
    low, high = (cloud.min(0), cloud.max(0)) if len(cloud) else (np.zeros(2), np.zeros(2))
    side = float((high - low).max()) or 2.0
    row, column = np.divmod(np.arange(int((~there).sum())), COLUMNS)
    left, top, step = (low[0] + high[0] - side) / 2, low[1] - GAP * side, side / (COLUMNS - 1)
    whole = np.empty((len(there), 2), np.float32)
    whole[there] = xy
    whole[~there] = np.stack([left + column * step, top - row * step], 1)
    return whole
