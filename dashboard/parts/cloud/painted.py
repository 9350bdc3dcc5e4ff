"""The colours of a view's points, with the engine's numbers where a colouring shows them."""

from typing import Any

from dashboard import loaders
from dashboard.figures.colouring import Colouring, Shown
from dashboard.figures.colourings import COLOURINGS
from dashboard.figures.colourings.cardinality import by_label_count
from dashboard.parts.frame.current import View
from mlcl_core.errors import InputError
from mlcl_core.runs.records import WatchedItems


def painted(view: View, watched: WatchedItems, pairs: Any, colour: str) -> tuple[Colouring, str]:
    """The colouring named by ``colour``, as in links, and an addition to the status line of the cloud.

    Where there is nothing to colour by, points are coloured by their number of labels, and the addition says so.
    """
    name, _, choice = colour.partition(":")

    def number(of: str) -> Any:
        try:
            return loaders.item_number(view.run, int(view.step or 0), of)
        except InputError:
            return f"the {of} of this step cannot be computed"

    record = COLOURINGS.get(name)
    found = f"no colouring {name}" if record is None else record.paint(Shown(watched, pairs, choice, number))
    if isinstance(found, Colouring):
        return found, ""
    return by_label_count(watched.labels), f" · {found}: coloured by number of labels"
