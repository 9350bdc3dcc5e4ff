"""What if an item had other labels: chosen on the Anchor page, kept in the session, never written to the run."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.what_if import Edits, offered, short_names, short_set
from dashboard.figures.words import escaped, plain
from dashboard.parts.cloud_view import anchor_row
from mlcl_core.runs.records import Probe
from mlcl_core.runs.run import Run

SPELT_OUT = 2  # edited items that the banner names


def edits_of(run: Run, probe: Probe) -> Edits:
    """The labels asked for in this session, by row; none any more once another run is looked at."""
    held = _held()
    if held.get("run") != run.id:
        st.session_state.pop(state.WHAT_IF, None)
        return ()
    row_of = {int(item): row for row, item in enumerate(probe.ids)}
    return tuple(sorted((row_of[item], columns) for item, columns in held["items"].items() if item in row_of))


def show_banner(run: Run | None) -> bool:
    """ "What if: S = {...} instead of {...}" and the way back; False: nothing is asked."""
    probe = loaders.probe(run) if run else None
    edits = edits_of(run, probe) if run and probe else ()
    if run is None or probe is None or not edits:
        return False
    anchor = anchor_row(run, probe)
    parts = [
        f"{'S' if row == anchor else _name(probe, row)} = {_words(probe, columns)} "
        f"instead of {_words(probe, np.flatnonzero(probe.labels[row]))}"
        for row, columns in sorted(edits, key=lambda edit: (edit[0] != anchor, edit[0]))[:SPELT_OUT]
    ]
    more = f"; and {len(edits) - SPELT_OUT} more" if len(edits) > SPELT_OUT else ""
    words = escaped("; ".join(parts) + more)
    with st.container(key="anchor-banner", width="stretch"):  # one line: the page below must not move
        st.markdown(
            f":orange-background[**What if:**] {words}",
            help=f"{words}.\n\nRelations, weights and forces as this run's loss gives them for these labels. Nothing "
            "is trained again, nothing is written to the run.",
        )
    st.button("Back to what is", icon=":material/undo:", on_click=_back, key="anchor.back")
    return True


def what_if_popover(run: Run, probe: Probe, row: int, title: str, *, key: str, disabled: bool = False) -> None:
    """Labels of one item to switch on and off: the most frequent as chips, the rest by search."""
    with st.popover(title, icon=":material/edit:", disabled=disabled, width="content", key=f"{key}.open"):
        if disabled:
            return
        body = st.container(width=340)  # narrow: what changes must stay in sight
    with body:
        own = tuple(np.flatnonzero(probe.labels[row]).tolist())
        held = _held()
        now = held["items"].get(int(probe.ids[row]), own) if held.get("run") == run.id else own
        chips, rest = offered(probe.labels)
        names = short_names(probe.label_names)
        st.markdown(f"**{escaped(_name(probe, row))}**: what if it had other labels? Nothing is trained again.")
        # a new item, or a way back, is a new widget: it begins with what holds for it
        base = f"{key}.{run.id}.{probe.ids[row]}.{held.get('round', 0)}"
        about: tuple[Any, ...] = (run.id, int(probe.ids[row]), own, f"{base}.chips", f"{base}.rest")
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


def _edit(run_id: str, item: int, own: tuple[int, ...], chips: str, rest: str) -> None:
    given = {*(st.session_state.get(chips) or ()), *(st.session_state.get(rest) or ())}
    chosen = tuple(sorted(column for column in given if isinstance(column, int)))  # Streamlit hands on any text
    held = _held()
    items = dict(held["items"]) if held.get("run") == run_id else {}
    items.pop(item, None)
    if chosen != own:
        items[item] = chosen
    st.session_state[state.WHAT_IF] = {"run": run_id, "items": items, "round": held.get("round", 0)}


def _back() -> None:
    held = _held()
    st.session_state[state.WHAT_IF] = {**held, "items": {}, "round": held.get("round", 0) + 1}


def _held() -> dict[str, Any]:
    return st.session_state.get(state.WHAT_IF) or {}


def _name(probe: Probe, row: int) -> str:
    return probe.names[row] or f"item {probe.ids[row]}"


def _words(probe: Probe, columns: Sequence[int] | np.ndarray) -> str:
    return short_set([probe.label_names[column] for column in columns])
