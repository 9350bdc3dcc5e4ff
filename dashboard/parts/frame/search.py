"""The search field of Map, Anchor and Data: it marks and filters while one types, and leads to the anchor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import loaders, selection, state
from dashboard.components.entered import entered, on_enter
from dashboard.figures.formatting import escaped, label_set, shortened
from dashboard.figures.search import SearchIndex
from dashboard.parts.frame.anchor_column import choose_item
from mlcl_core.runs.run import Run

MAX_LENGTH = 200  # characters
MAX_NAME = 60  # characters of a name in the list of hits


@dataclass(frozen=True)
class Searched:
    """What is searched in, one line per item: the index, names, labels [n c], their names, and what makes the item of
    a line the anchor.
    """

    index: SearchIndex
    names: Sequence[str]
    labels: np.ndarray
    label_names: Sequence[str]
    choose: Callable[[int], None]

    def words(self, row: int) -> str:
        """An item in the list of hits: its name and labels."""
        labels = [self.label_names[column] for column in np.flatnonzero(self.labels[row]).tolist()]
        name = shortened(self.names[row] or f"item {self.index.ids[row]}", MAX_NAME)
        return escaped(f"{name} {shortened(label_set(labels), MAX_NAME)}")


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
        typed = (entered(state.SEARCH) or "")[:MAX_LENGTH]
        rows = index.find(typed) if index is not None else None
        if index is not None and rows is not None and len(rows):
            choose(index.first(typed, rows, 1)[0])

    with st.container(key="search-enter"):
        on_enter(state.SEARCH, choose_best)
    return index.find(str(text or "")) if index is not None else None


def show_search(run: Run | None) -> np.ndarray | None:
    """The field for the watched items of a run, with the first hits; return the rows of the hits.

    None: nothing is searched for, or there are no items yet.
    """
    watched = loaders.watched_items(run) if run is not None else None
    if run is None or watched is None:
        search_field(None, lambda _: None)
        return None
    index, ids = loaders.search_index(run), watched.ids
    return show_hits(
        Searched(index, watched.names, watched.labels, watched.label_names, lambda row: choose_item(int(ids[row])))
    )


def show_hits(searched: Searched) -> np.ndarray | None:
    """The field with the number of hits, a button that selects them, and the first ones; return the rows of all."""
    index = searched.index
    rows = search_field(index, searched.choose)
    if rows is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**{len(rows):,}** of {len(index.ids):,} items", width="content")
        st.button(
            "Select them",
            type="tertiary",
            disabled=not len(rows),
            on_click=selection.select,
            args=(index.ids[rows], "replace", "search"),
            key="search.select",
        )
    with st.container(gap=None, key="search-hits"):
        for place, row in enumerate(index.first(str(st.session_state[state.SEARCH]), rows)):
            st.button(
                searched.words(row),
                icon=":material/anchor:",
                type="tertiary",
                help="Make it the anchor",
                on_click=searched.choose,
                args=(row,),
                key=f"search.hit.{place}",
            )
    return rows
