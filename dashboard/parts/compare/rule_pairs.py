"""The anchor's pairs under two rules in one space: where weight and force differ most."""

from typing import Any

import streamlit as st

from dashboard.figures.compare_reasons import rule_reasons
from dashboard.figures.compare_tables import rule_pairs_table
from dashboard.figures.formatting import escaped
from dashboard.parts.anchor.side import picture_url
from dashboard.parts.cloud.cloud_view import choose_item, describe
from dashboard.parts.compare.compared import Compared
from dashboard.parts.compare.item import HEIGHT, NO_ANCHOR, pairs_of_both
from dashboard.parts.compare.numbers import NO_PAIRS
from dashboard.parts.frame.table import inert_table


def show_rule_pairs(pair: Compared, place: int) -> None:
    """Draw the pairs whose force the other rule changes most; the item of a chosen one can become the anchor."""
    if place < 0:
        st.info(NO_ANCHOR)
        return
    a, b = pairs_of_both(pair, place)
    if a is None or b is None:
        st.info(NO_PAIRS)
        return
    watched = pair.a.run.watched_items()
    st.markdown(f"**{escaped(describe(watched, a.anchor))}**: {rule_reasons(a, b)}")
    table, rows = rule_pairs_table(a, b, watched)
    if watched.pictures is not None:
        table.insert(0, "picture", [picture_url(watched.pictures[row]) for row in rows])
    chosen = inert_table(
        table,
        pictures="picture",
        hide_index=True,
        key=f"compare.rule_pairs.{pair.a.run.id}.{a.anchor}",
        on_select="rerun",
        selection_mode="single-row",
        height=HEIGHT,
        column_config=_columns(),
        alt=f"The {len(rows)} pairs of the anchor whose force differs most between both rules.",
    )
    lines = [line for line in chosen.selection.rows if line < len(rows)]
    st.button(
        "Make the selected item the anchor",
        disabled=not lines,
        on_click=choose_item,
        args=(int(watched.ids[rows[lines[0]]]) if lines else -1,),
        key="compare.choose",
    )


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "picture": st.column_config.ImageColumn("", width=36),
        "labels": text(width=180),
        "relation": text(width=96),
        "text": text(width=260),
        "cosine": number(format="%.2f", width=64),
        **{f"weight {letter}": number(format="%.2f", width=72) for letter in "AB"},
        **{f"force {what}": number(format="%+.4f", width=84) for what in ("A", "B", "B − A")},
    }
