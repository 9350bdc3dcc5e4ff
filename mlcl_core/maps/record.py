"""What a map is, and what the registry holds of each way to make one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32


@dataclass(frozen=True)
class Map:
    """Two coordinates an item, finite, in the order of the rows; ``details`` are plain numbers about its making.

    From :func:`mlcl_core.maps.draw` they hold ``without_direction``: how many items stand apart.
    """

    name: str
    xy: Float32[np.ndarray, "n 2"]
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class MapRecord:
    """One way to make a map.

    ``make(z, previous, **options)`` gives a :class:`Map`; ``z`` are directions, ``previous`` the coordinates of the
    same items on the map before, or None. :func:`mlcl_core.maps.draw` calls it with the items that have a direction.
    ``every_frame``: cheap enough for each frame (else: the latest only).
    """

    name: str
    title: str
    formula: str
    summary: str
    source: str
    every_frame: bool
    make: Callable[..., Map]
