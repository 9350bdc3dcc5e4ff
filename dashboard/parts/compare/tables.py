"""The other panels of a comparison: all items, the label sets that mixed, the metrics of both."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard import loaders, selection
from dashboard.figures.compare_scores import score_table
from dashboard.figures.compare_tables import MAX_ROWS, items_table, mixed_table, with_either_set
from dashboard.parts.cloud.cloud_view import choose_item
from dashboard.parts.compare.compared import RULES, Compared
from dashboard.parts.compare.explained import DRIFT, OVERLAP, PLACES, PURITY, SEEDS
from dashboard.parts.compare.numbers import agreement
from dashboard.parts.frame.table import inert_table

HEIGHT = 340


def show_items(pair: Compared, space: str) -> None:
    """Draw the table of items, of the selected ones where there is a selection; a chosen one can become the anchor."""
    ids, chosen = pair.ids, selection.selected_ids()
    among = np.arange(len(ids)) if chosen is None else np.flatnonzero(np.isin(ids, chosen))
    losses = tuple(loaders.item_losses(side.run, side.step, side.config.loss) for side in pair.both)
    table, order = items_table(
        pair.common.rows,
        pair.a.run.watched_items(),
        None if pair.kind == RULES else pair.spaces(space),
        (losses[0], losses[1]),
        among=among,
        agreement=agreement(pair) if pair.kind == RULES else None,
    )
    of = "common" if chosen is None else "selected"
    words = f"{len(table):,} of {len(among):,} {of} items" if len(among) > MAX_ROWS else f"{len(among):,} {of} items"
    st.caption(f"{words}, those that agree least first. A click on a heading sorts.")
    shown = inert_table(
        table,
        hide_index=True,
        key=f"compare.items.{pair.a.run.id}.{pair.b.run.id}",
        on_select="rerun",
        selection_mode="single-row",
        height=HEIGHT,
        column_config=_columns(),
        alt=f"{words} with overlap, purity and loss in both.",
    )
    rows = [row for row in shown.selection.rows if row < len(order)]
    st.button(
        "Make the selected item the anchor",
        disabled=not rows,
        on_click=choose_item,
        args=(int(ids[order[rows[0]]]) if rows else -1,),
        key="compare.choose",
    )


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    helps = {
        "overlap": OVERLAP,
        "drift": DRIFT,
        "relative drift": DRIFT,
        "purity A": PURITY,
        "purity B": PURITY,
    }
    names = ("overlap", "drift", "relative drift", "purity A", "purity B", "purity B − A", "cosine change")
    more = ("loss A", "loss B", "weights agree")
    return {
        "item": st.column_config.TextColumn(width=150),
        "labels": st.column_config.TextColumn(width=200),
        **{name: number(format="%.3f", width=88, help=helps.get(name)) for name in (*names, *more)},
    }


def show_mixed(pair: Compared, space: str) -> None:
    """Draw the pairs of label sets whose items became neighbours, and those whose items stopped being."""
    for column, became in zip(st.columns(2, gap="small"), (True, False), strict=True):
        with column:
            _mixed(pair, space, became=became)


def _mixed(pair: Compared, space: str, *, became: bool) -> None:
    title = "Label sets that became neighbours" if became else "Label sets that stopped being neighbours"
    st.markdown(f"**{title}**", help=PLACES)
    rows, watched = pair.common.rows[0], pair.a.run.watched_items()
    table, examples = mixed_table(pair.spaces(space).mixed, rows, watched, became=became)
    if not len(table):
        st.caption("There are none.")
        return
    number = st.column_config.NumberColumn
    chosen = inert_table(
        table,
        hide_index=True,
        key=f"compare.mixed.{became}.{pair.a.run.id}.{pair.b.run.id}",
        on_select="rerun",
        selection_mode="single-row",
        height=HEIGHT,
        column_config={
            "items": st.column_config.TextColumn(width=90),
            **{name: number(format="%.0f", width=70) for name in ("places A", "places B")},
            "B − A": number(format="%+.0f", width=70),
        },
        alt=f"{title}: {len(table)} pairs of label sets.",
    )
    lines = [line for line in chosen.selection.rows if line < len(table)]
    items = with_either_set(watched.labels[rows], examples[lines[0]]) if lines else np.zeros(0, np.int64)
    st.button(
        "Select the items with either set",
        disabled=not lines,
        on_click=selection.select,
        args=(pair.ids[items],),
        kwargs={"why": "label sets"},
        key=f"compare.mixed.select.{became}",
    )


def show_scores(pair: Compared) -> None:
    """Draw the metrics of both runs at their steps and, where both have finished, of their linear probes."""
    one_loss = pair.a.config.loss == pair.b.config.loss
    scores = [loaders.seed_scores(side.run, side.step) for side in pair.both]
    table = score_table(scores[0], scores[1], one_loss=one_loss)
    if pair.a.run.path == pair.b.run.path:
        # the probe is fitted when a run ends: two steps of one run have the same scores of it
        table = table[table["metric"].isin(live_titles())]
    if not len(table):
        st.info("Both have no metric in common at these steps.")
        return
    number = st.column_config.NumberColumn
    inert_table(
        table,
        hide_index=True,
        key="compare.scores",
        height=min(36 * len(table) + 38, 420),
        column_config={
            **{name: number(format="%.3f", width=80) for name in "AB"},
            "B − A": number(format="%+.3f", width=80),
            "A over its seeds": st.column_config.TextColumn(help=SEEDS),
            "B over its seeds": st.column_config.TextColumn(help=SEEDS),
        },
    )
    if not one_loss:
        st.caption("The two losses are on different scales, so their values have no difference.")


def live_titles() -> list[str]:
    """Titles of the metrics of a frame."""
    from mlcl_core.metrics import LIVE_METRICS

    return [record.title for record in LIVE_METRICS.values()]
