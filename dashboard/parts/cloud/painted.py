"""The colours of a view's points, with the engine's numbers where a colouring shows them."""

from typing import Any

from dashboard.figures.colouring import Colouring, Shown
from dashboard.figures.colourings import COLOURINGS
from dashboard.figures.colourings.cardinality import by_label_count
from dashboard.parts.frame.current import View
from mlcl_core.runs.records import WatchedItems


def painted(view: View, watched: WatchedItems, pairs: Any, colour: str) -> Colouring:
    """The colouring named by ``colour``, as in links; where there is nothing to colour by, by the number of labels."""
    name, _, choice = colour.partition(":")
    shown = Shown(watched, pairs, choice, lambda name: None)
    record = COLOURINGS.get(name)
    found = None if record is None else record.paint(shown)
    return by_label_count(watched.labels) if found is None else found
