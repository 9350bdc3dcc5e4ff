"""What a map shows besides its points, each with a switch of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.anchor_neighbours import AnchorNeighbours
from dashboard.figures.label_places import LabelPlaces


@dataclass(frozen=True)
class OnMap:
    """The switches, and what is drawn for those that need numbers.

    Args:
        neighbours: Lines from the anchor to its neighbours in the embedding.
        rings: A ring around each point of the colours of its labels, zoomed in.
        items: Pictures or beginnings of texts in place of points, zoomed in.
        names: Names of labels where they are dense, zoomed out.
        trail: Where the anchor was on the last maps.
        places_before: For ``trail``: positions of the anchor on the last maps, oldest first, [k 2].
        near: For ``neighbours``.
        places: For ``names``.
    """

    neighbours: bool = False
    rings: bool = False
    items: bool = False
    names: bool = False
    trail: bool = False
    places_before: np.ndarray | None = None
    near: AnchorNeighbours | None = None
    places: LabelPlaces | None = None

    def header(self) -> dict[str, Any]:
        """Its part of a frame's header."""
        return {
            "neighbours": self.neighbours,
            "rings": self.rings,
            "items": self.items,
            "names": self.names,
            "near_words": self.near.words if self.near is not None else "",
            "named": list(self.places.labels) if self.places is not None else [],
        }

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Its arrays in a frame's message."""
        near = self.near.message() if self.near is not None else {}
        named = {"named_xy": self.places.xy.reshape(-1)} if self.places is not None else {}
        trail = {} if self.places_before is None else {"trails": self.places_before.astype(np.float32).reshape(-1)}
        return {**near, **named, **trail}
