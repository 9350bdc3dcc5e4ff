"""Which items of a data set the run in view watches, so that they can be its anchor."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboard import loaders
from dashboard.parts.frame.anchor_column import choose_item
from dashboard.parts.frame.current import current_run
from mlcl_core.errors import InputError

NO_RUN = "Without a run none of them can be the anchor."
OTHER_DATA = "The run in view is trained on other data: none of them can be its anchor."
SOME = "A button in front of those that the run in view watches makes one the anchor."
NOT_WATCHED = "The run in view does not watch this item, so it cannot be the anchor."


def watched_among(source: str, data: Any, rows: np.ndarray) -> tuple[list[int], str]:
    """For each row its id among the run's watched items, -1 where it is none; and what is said about it."""
    none = [-1] * len(rows)
    run = current_run()
    watched = loaders.watched_items(run) if run is not None else None
    if run is None or watched is None:
        return none, NO_RUN
    try:
        config = run.config().data
    except InputError:
        return none, NO_RUN
    known = config.name if config.path is None else str(Path(config.path).expanduser())
    if known != str(Path(source).expanduser() if config.path is not None else source):
        return none, OTHER_DATA
    order = np.argsort(watched.ids)
    found = []
    for row in rows.tolist():
        place = int(np.searchsorted(watched.ids, row, sorter=order))
        at = int(order[place]) if place < len(order) else -1
        # a run may be trained on a part of the set, whose rows count otherwise
        same = at >= 0 and watched.ids[at] == row and watched.names[at] == data.item_names[row]
        found.append(row if same else -1)
    return found, SOME


def choose_watched(source: str, data: Any, row: int) -> None:
    """Callback: make the item of a row the anchor, or say why it cannot be."""
    (item,), words = watched_among(source, data, np.array([row]))
    if item >= 0:
        choose_item(item)
    else:
        st.toast(NOT_WATCHED if words == SOME else words, icon=":material/anchor:")
