"""What a cloud asks of the selection, checked and done."""

from typing import cast

import numpy as np
import streamlit as st

from dashboard import loaders, selection, state
from dashboard.components.cloud import asked
from dashboard.components.mount import log_dropped
from dashboard.figures.selected import How
from mlcl_core.runs.run import Run

COMMANDS = {
    "all": selection.select_all,
    "invert": selection.invert,
    "clear": selection.clear,
    "undo": selection.undo,
    "redo": selection.redo,
}


def change_selection(key: str, run: Run) -> None:
    """Callback: do what a cloud of ``run`` asked of the selection; a message about other items is dropped."""
    wanted = asked(key)
    if wanted is None:
        return
    watched = loaders.watched_items(run)
    if wanted.run != run.id or watched is None or not np.isin(wanted.ids, watched.ids).all():
        log_dropped(key, "selected", f"{wanted.how} of {len(wanted.ids)} items, not all of them watched by this run")
        return
    if wanted.how in COMMANDS:
        COMMANDS[wanted.how]()
    else:
        selection.select(wanted.ids, cast(How, wanted.how))
    st.session_state[state.SELECTION_SEEN] = wanted.number
