"""The table below the cloud: the same points, step and anchor, to sort, search and choose from."""

import numpy as np
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.anchor import items_alone
from dashboard.figures.item_table import item_table
from dashboard.parts.cloud.cloud_view import anchor_row, describe
from dashboard.parts.frame.anchor_column import add_anchor_column, choose_item
from dashboard.parts.frame.current import View
from dashboard.parts.frame.table import inert_table
from mlcl_core.errors import InputError

HEIGHT = 210  # with the cloud above it in a window of 800 pixels


def table_choice() -> bool:
    """Whether the table is shown under the cloud."""
    return st.toggle("Show the points as a table", key=state.MAP_TABLE, persist_state="session")


def chosen_point(view: View | None, hits: np.ndarray | None, *, wanted: bool) -> int:
    """Row of the selected line's point, so that the cloud, which is drawn first, can ring it; -1: none."""
    table = st.session_state.get(_key(view)) if view is not None and wanted else None
    lines = table["selection"]["rows"] if table else []
    if not lines:
        return -1
    return int(lines[0]) if hits is None else int(hits[lines[0]]) if lines[0] < len(hits) else -1


def show_item_table(view: View | None, hits: np.ndarray | None = None) -> None:
    """Draw the table of all points, or of the hits of a search alone.

    The point of a selected line gets a ring; the button in front of a line makes its item the anchor.
    """
    watched = loaders.watched_items(view.run) if view is not None else None
    if view is None or watched is None or view.step is None:
        return
    row = anchor_row(view.run, watched)
    try:
        drawn = loaders.map_frame(view.run, view.map_name, view.step)
        pairs = loaders.pairs(view.run, view.step, row, "anchor")
    except InputError:
        return  # reported by the cloud
    table = item_table(watched, drawn.xy, None if pairs is None else items_alone(pairs, len(watched.ids)), row)
    rows = np.arange(len(watched.ids)) if hits is None else hits
    table = table.iloc[rows].reset_index(drop=True)
    buttons = add_anchor_column(table, watched.ids[rows].tolist(), key="map.row_choose")
    number = st.column_config.NumberColumn
    chosen = inert_table(
        table,
        hide_index=True,
        key=_key(view),
        on_select="rerun",
        selection_mode="single-row",
        height=HEIGHT,
        column_config={
            **buttons,
            "text": st.column_config.TextColumn(width=420),
            "item": st.column_config.TextColumn(width="medium"),
            "labels": st.column_config.TextColumn(width="large"),
            "weight": number(format="%.3f", width="small"),
            "cosine": number(format="%.3f", width="small"),
            "force": number(format="%+.5f", width="small"),
            "split": st.column_config.TextColumn(width="small"),
            "x": number(format="%.3f", width="small"),
            "y": number(format="%.3f", width="small"),
        },
        alt=f"{len(table):,} points at step {view.step:,}; the anchor is {describe(watched, row)}.",
    )
    lines = chosen.selection.rows
    known = bool(lines) and lines[0] < len(rows)
    st.button(
        "Make the selected item the anchor",
        disabled=not known,
        on_click=choose_item,
        args=(int(watched.ids[rows[lines[0]]]) if known else -1,),
        key="map.choose",
    )


def _key(view: View) -> str:
    # lines are other items once another text is searched for
    return f"{state.MAP_TABLE}.{view.run.id}.{state.get(state.SEARCH, '')}"
