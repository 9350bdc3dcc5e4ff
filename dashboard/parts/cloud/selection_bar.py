"""The selection in words, and what can be done with it: one function an action, listed in ACTIONS."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard import loaders, selection
from dashboard.parts.cloud.downloads import offer_selected
from dashboard.parts.cloud.named_selections import show_named_selections
from dashboard.parts.frame.anchor_column import choose_item
from mlcl_core.runs.run import Run

HINT = "No selection: all items count. Hold Shift and draw around points, or take the lasso or the box."

Action = Callable[[Run, np.ndarray], None]


def show_selection_bar(run: Run | None) -> None:
    """A popover that says what is selected, with a button for each action."""
    watched = loaders.watched_items(run) if run is not None else None
    if run is None or watched is None:
        return
    ids = selection.selected_ids()
    with st.popover("Selection", icon=":material/lasso_select:", key="selection-bar"):
        if ids is None:
            st.markdown(HINT)
            show_named_selections(run, None)
            return
        st.markdown(f"**{in_words(len(ids), len(watched.ids))}**")
        for action in ACTIONS:
            action(run, ids)


def in_words(count: int, of: int) -> str:
    """How many are selected: "124 of 2,000 selected"."""
    if count == 0:
        return f"none of {of:,} selected"
    return f"all {of:,} selected" if count == of else f"{count:,} of {of:,} selected"


def _make_anchor(_: Run, ids: np.ndarray) -> None:
    if len(ids) == 1:
        st.button(
            "Make it the anchor",
            icon=":material/anchor:",
            on_click=choose_item,
            args=(int(ids[0]),),
            key="selection.anchor",
        )


def _steps(_: Run, __: np.ndarray) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button("All", on_click=selection.select_all, key="selection.all")
        st.button("Invert", on_click=selection.invert, key="selection.invert")
        st.button("Clear", icon=":material/close:", on_click=selection.clear, key="selection.clear")


# Each draws its own button, or nothing where it has nothing to do with this run and these ids (sorted; maybe none).
ACTIONS: tuple[Action, ...] = (_make_anchor, show_named_selections, offer_selected, _steps)
