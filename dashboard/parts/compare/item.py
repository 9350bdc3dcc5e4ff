"""The anchor in both spaces: the neighbours that it kept, gained and lost, and what both losses say of these pairs."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard import loaders, selection, state
from dashboard.access import shown
from dashboard.figures.anchor import items_alone
from dashboard.figures.compare_reasons import fate_counts, fate_reasons, pair_reason
from dashboard.figures.compare_tables import neighbour_table
from dashboard.figures.formatting import escaped
from dashboard.parts.anchor.side import picture_url
from dashboard.parts.cloud.cloud_view import choose_item, describe
from dashboard.parts.compare.compared import Compared
from dashboard.parts.frame.table import inert_table
from mlcl_core.errors import InputError

KEY = "compare.neighbours"
HEIGHT = 300
NO_ANCHOR = (
    "The anchor is not watched by both runs. Click a point, or choose an item of the table, to make it the anchor."
)
NOT_IN_SAMPLE = (
    "The anchor is not in the sample of items that are compared. Click another point, or choose an item of the table, "
    "to make it the anchor."
)


def anchor_place(pair: Compared) -> int:
    """Place of the anchor among the common items: the chosen one, else the default of A; -1: it is in one run alone."""
    ids = pair.ids
    chosen = st.session_state.get(state.ITEM)
    if chosen is None:
        watched = pair.a.run.watched_items()
        chosen = int(watched.ids[loaders.default_anchor(pair.a.run)])
        found = np.flatnonzero(ids == chosen)
        return int(found[0]) if len(found) else 0
    found = np.flatnonzero(ids == chosen)
    return int(found[0]) if len(found) else -1


def show_item(pair: Compared, space: str, place: int) -> None:
    """Draw the anchor's neighbours with their reasons, and what can be done with a chosen one."""
    if place < 0:
        st.info(NOT_IN_SAMPLE if pair.common.sampled_from else NO_ANCHOR)
        return
    a, b = pair.both
    changes = loaders.neighbour_changes(a.run, a.step, b.run, b.step, space, place)
    watched, rows = a.run.watched_items(), pair.common.rows
    pairs = pairs_of_both(pair, place)
    st.markdown(f"**{escaped(describe(watched, int(rows[0][place])))}**: {fate_counts(changes)}")
    st.caption("  \n".join(escaped(reason) for reason in fate_reasons(changes, rows, pairs)))
    table = neighbour_table(changes, rows, watched, pairs)
    pictures = watched.pictures
    if pictures is not None:
        table.insert(1, "picture", [picture_url(pictures[row]) for row in rows[0][changes.other]])
    chosen = inert_table(
        table,
        pictures="picture",
        hide_index=True,
        key=f"{KEY}.{a.run.id}.{b.run.id}.{place}",
        on_select="rerun",
        selection_mode="single-row",
        height=HEIGHT,
        row_height=34 if watched.texts is None else 54,
        column_config=_columns(),
        alt=f"The neighbours of the anchor in A and in B: {fate_counts(changes)}.",
    )
    selected = [line for line in chosen.selection.rows if line < len(changes.fate)]
    line = selected[0] if selected else -1
    ids = pair.ids
    if line >= 0:
        name = table["item"].iloc[line]
        st.markdown(escaped(pair_reason(changes, line, rows, pairs, str(name))))
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Make the selected item the anchor",
            disabled=line < 0,
            on_click=choose_item,
            args=(int(ids[changes.other[line]]) if line >= 0 else -1,),
            key="compare.choose",
        )
        st.button(
            "Select these neighbours on both maps",
            disabled=not len(changes.other),
            on_click=selection.select,
            args=(ids[changes.other],),
            kwargs={"why": "neighbours"},
            key="compare.select",
        )


def pairs_of_both(pair: Compared, place: int) -> tuple[Any, Any]:
    """The anchor's pairs under the loss of either side; None where it compares none."""
    found: list[Any] = []
    for side, rows in zip(pair.both, pair.common.rows, strict=True):
        try:
            opened = loaders.pairs_under(side.run, side.step, side.config.loss, int(rows[place]))
        except InputError as error:
            st.caption(escaped(shown(str(error))))
            opened = None
        found.append(None if opened is None else items_alone(opened, len(side.run.watched_items().ids)))
    return found[0], found[1]


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    both = [(name, letter) for name in ("rank", "cosine", "weight", "force") for letter in "AB"]
    formats = {"rank": "%d", "cosine": "%.2f", "weight": "%.2f", "force": "%+.4f"}
    return {
        "picture": st.column_config.ImageColumn("", width=36),
        "neighbour": text(width=70),
        "labels": text(width=150),
        "text": text(width=260),
        "relation": text(width=96, help="Its labels compared with the anchor's."),
        "item": text(width=140),
        **{
            f"{name} {letter}": number(format=formats[name], width=66 if name == "force" else 58)
            for name, letter in both
        },
    }
