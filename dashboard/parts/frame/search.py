"""The search field of Map, Anchor and Data: it marks and filters while one types, and leads to the anchor."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard import loaders, selection, state
from dashboard.components.entered import entered, on_enter
from dashboard.figures.formatting import escaped, label_set, shortened
from dashboard.figures.search import SearchIndex
from dashboard.parts.frame.anchor_column import choose_item
from mlcl_core.runs.records import WatchedItems
from mlcl_core.runs.run import Run

MAX_LENGTH = 200  # characters
MAX_NAME = 60  # characters of a name in the list of hits


def search_field(
    index: SearchIndex | None, choose: Callable[[int], None], *, titled: bool = False
) -> np.ndarray | None:
    """Draw the field; return the rows of the hits, ascending; None where nothing is searched for.

    Args:
        index: What is searched in; None: nothing yet.
        choose: What Enter does with the row of the best hit.
        titled: Whether the field has its title above it.
    """
    text = st.text_input(
        "Search",
        key=state.SEARCH,
        type="search",
        live="150ms",
        max_chars=MAX_LENGTH,
        placeholder="Search: name, text, label, id",
        persist_state="session",
        label_visibility="visible" if titled else "collapsed",
        help="Items that fit every word: their id, or part of their name, text or labels. Enter makes the best hit the "
        "anchor.",
    )

    def choose_best() -> None:
        typed = entered(state.SEARCH)
        rows = index.find(typed[:MAX_LENGTH]) if typed and index is not None else None
        if typed and index is not None and rows is not None and len(rows):
            choose(index.first(typed, rows, 1)[0])

    with st.container(key="search-enter"):
        on_enter(state.SEARCH, choose_best)
    return index.find(str(text or "")) if index is not None else None


def show_search(run: Run | None) -> np.ndarray | None:
    """The field for the watched items of a run, with the first hits; return the rows of the hits.

    None: nothing is searched for, or there are no items yet.
    """
    watched = loaders.watched_items(run) if run is not None else None
    index = loaders.search_index(run) if run is not None and watched is not None else None
    rows = search_field(index, lambda row: choose_item(int(watched.ids[row])) if watched is not None else None)
    if rows is None or watched is None or index is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**{len(rows):,}** of {len(watched.ids):,} items", width="content")
        st.button(
            "Select them",
            type="tertiary",
            disabled=not len(rows),
            on_click=selection.select,
            args=(watched.ids[rows], "replace", "search"),
            key="search.select",
        )
    with st.container(gap=None, key="search-hits"):
        for place, row in enumerate(index.first(str(st.session_state[state.SEARCH]), rows)):
            st.button(
                _words(watched, row),
                icon=":material/anchor:",
                type="tertiary",
                help="Make it the anchor",
                on_click=choose_item,
                args=(int(watched.ids[row]),),
                key=f"search.hit.{place}",
            )
    return rows


def _words(watched: WatchedItems, row: int) -> str:
    labels = [name for name, has in zip(watched.label_names, watched.labels[row], strict=True) if has]
    name = shortened(watched.names[row] or f"item {watched.ids[row]}", MAX_NAME)
    return escaped(f"{name} {shortened(label_set(labels), MAX_NAME)}")
