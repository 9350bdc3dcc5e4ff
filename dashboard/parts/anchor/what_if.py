"""Trying other labels on an item ("what if"), kept in the session and not written to the run."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.figures.formatting import escaped, plain
from dashboard.figures.what_if import Edits, offered, short_names, short_set
from mlcl_core.runs.records import WatchedItems
from mlcl_core.runs.run import Run

MAX_NAMED = 2  # edited items that the banner names


def edits_of(run: Run, ids: np.ndarray) -> Edits:
    """The labels chosen in this session, by row of ``ids``; choosing another run discards them.

    An item with two views has two rows.
    """
    held = _held()
    if held.get("run") != run.id:
        st.session_state.pop(state.WHAT_IF, None)
        return ()
    return tuple((row, held["items"][int(item)]) for row, item in enumerate(ids) if int(item) in held["items"])


def show_banner(run: Run | None, ids: np.ndarray | None, label_names: Sequence[str], anchor: int) -> bool:
    """Draw "What if: S = {...} instead of {...}" with a button to undo it; return whether any label is changed.

    Args:
        run: The run.
        ids: The items in view; edits of other items are only counted. None: there are none.
        label_names: Names of the labels.
        anchor: Id of the anchor.
    """
    if run is None or ids is None or _held().get("run") != run.id or not _held()["items"]:
        return False
    held, there = _held(), set(ids.tolist())
    here = [item for item in held["items"] if item in there]
    parts = []
    for item in sorted(here, key=lambda one: (one != anchor, one))[:MAX_NAMED]:
        name, own = held["about"][item]
        who = "S" if item == anchor else name
        parts.append(f"{who} = {_words(label_names, held['items'][item])} instead of {_words(label_names, own)}")
    if len(here) > MAX_NAMED:
        parts.append(f"and {len(here) - MAX_NAMED} more")
    if waiting := len(held["items"]) - len(here):
        parts.append(f"{waiting} edited {'item is' if waiting == 1 else 'items are'} not among these")
    words = escaped("; ".join(parts))
    with st.container(key="anchor-banner", width="stretch"):  # one line, so that the page below keeps its position
        st.markdown(
            f":orange-background[**What if:**] {words}",
            help=f"{words}.\n\nRelations, weights and forces are those of this run's loss for these labels. Nothing "
            "is trained again, and nothing is written to the run.",
        )
    st.button("Undo the change", icon=":material/undo:", on_click=_back, key="anchor.back")
    return True


def what_if_popover(run: Run, watched: WatchedItems, row: int, title: str, *, key: str, disabled: bool = False) -> None:
    """Switch labels of one item on and off: the most frequent as chips, the others by search.

    ``watched``: the items in view with their own labels: the watched items, or those of a batch.
    """
    with st.popover(title, disabled=disabled, width="content", key=f"{key}.open"):
        if disabled:
            return
        body = st.container(width=340)  # narrow, so that the rest of the page stays in sight
    with body:
        own = tuple(np.flatnonzero(watched.labels[row]).tolist())
        held = _held()
        now = held["items"].get(int(watched.ids[row]), own) if held.get("run") == run.id else own
        chips, rest = offered(watched.labels)
        names = short_names(watched.label_names)
        st.markdown(f"**{escaped(_name(watched, row))}**: what if it had other labels? Nothing is trained again.")
        # a new item, or undoing, gives a new widget that starts with the labels in force
        base = f"{key}.{run.id}.{watched.ids[row]}.{held.get('round', 0)}"
        item = (int(watched.ids[row]), _name(watched, row), own)
        about: tuple[Any, ...] = (run.id, item, f"{base}.chips", f"{base}.rest")
        st.pills(
            "Labels",
            chips,
            selection_mode="multi",
            default=[column for column in now if column in set(chips)],
            format_func=lambda column: escaped(names[column]),
            key=f"{base}.chips",
            on_change=_edit,
            args=about,
            label_visibility="collapsed",
        )
        if rest:
            st.multiselect(
                f"{len(rest):,} rarer labels",
                rest,
                default=[column for column in now if column in set(rest)],
                format_func=lambda column: plain(names[column]),
                key=f"{base}.rest",
                on_change=_edit,
                args=about,
                placeholder="Search a label",
            )


def _edit(run_id: str, about: tuple[int, str, tuple[int, ...]], chips: str, rest: str) -> None:
    item, name, own = about
    given = {*(st.session_state.get(chips) or ()), *(st.session_state.get(rest) or ())}
    chosen = tuple(sorted(column for column in given if isinstance(column, int)))  # Streamlit passes on any text
    held = _held()
    same = held.get("run") == run_id
    items, known = (dict(held["items"]), dict(held["about"])) if same else ({}, {})
    items.pop(item, None)
    if chosen != own:
        items[item], known[item] = chosen, (name, own)
    st.session_state[state.WHAT_IF] = {"run": run_id, "items": items, "about": known, "round": held.get("round", 0)}


def _back() -> None:
    held = _held()
    st.session_state[state.WHAT_IF] = {**held, "items": {}, "round": held.get("round", 0) + 1}


def _held() -> dict[str, Any]:
    return st.session_state.get(state.WHAT_IF) or {}


def _name(watched: WatchedItems, row: int) -> str:
    return watched.names[row] or f"item {watched.ids[row]}"


def _words(label_names: Sequence[str], columns: Sequence[int]) -> str:
    return short_set([label_names[column] for column in columns])
