"""The parts beside the anchor's cloud: the anchor itself, force by relation, the table of its pairs."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.figures.anchor import force_by_relation
from dashboard.figures.colours import RELATIONS
from dashboard.figures.force_bars import balance, force_options
from dashboard.figures.formatting import escaped, label_set, shortened
from dashboard.figures.pair_table import pair_table
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.run_facts import rule_words
from dashboard.parts.frame.anchor_column import add_anchor_column
from dashboard.parts.frame.table import inert_table
from mlcl_core.engine.config import LossConfig
from mlcl_core.runs.write import MAX_TEXT

REFERENCE = "as a reference it receives forces of many anchors, each balanced by itself"
NO_FORCE = "No pair of this item has any force: the loss finds no positive for it here."

SHORT_TEXT = 320  # characters of a text; all of it is one click away
FEW_LABELS = 20

TEXT_WIDTH = 220  # pixels of a table's first column, where the items are texts
TEXT_ROW = 72  # pixels: three lines


def picture_url(png: bytes | None) -> str | None:
    """A PNG as a data address, for tables."""
    return None if png is None else "data:image/png;base64," + base64.b64encode(png).decode()


def with_rule(note: str, loss: LossConfig) -> str:
    """A note with the rule that weighs the pairs shown."""
    from mlcl_core.losses import LOSSES

    return " · ".join(filter(None, (note, escaped(rule_words(loss, LOSSES[loss.name].options)))))


def show_anchor(
    name: str, labels: Sequence[str], picture: bytes | None, note: str, *, role: str, text: str | None = None
) -> None:
    """Draw the item's picture, name, whole text and labels: S as anchor, T as reference."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if picture is not None:
            # as a data address: a file on the server may be gone before the browser asks for it
            st.image(str(picture_url(picture)), width=76, alt=f"the picture of {name}")
        with st.container(gap="xxsmall"):
            # the name of a text without a title is its beginning
            if not (text or "").startswith(name.removesuffix("…")):
                st.markdown(f"**{escaped(name)}**")
    st.caption(note)
    if text:
        with st.container(key="anchor-text", gap="xxsmall"):
            st.markdown(escaped(shortened(text, SHORT_TEXT)))
            if len(text) > SHORT_TEXT:
                with st.popover("Whole text", type="tertiary"):
                    st.markdown(escaped(text))
                    if len(text) >= MAX_TEXT:
                        st.caption(f"A run keeps the first {MAX_TEXT:,} characters of a text.")
    with st.container(key="anchor-labels", gap="xxsmall"):
        letter = "S = " if role == "anchor" else "T = "
        if len(labels) <= FEW_LABELS:
            st.markdown(letter + escaped(label_set(list(labels))))
        else:  # the bars below stay in sight
            st.markdown(letter + escaped(label_set([*labels[:FEW_LABELS], "…"])))
            with st.popover(f"All {len(labels):,} labels", type="tertiary"):
                st.markdown(escaped(label_set(list(labels))))


def show_forces(pairs: AnchorPairs, reason: str = "", before: AnchorPairs | None = None) -> None:
    """Draw the force by relation, in the space itself (not on the map), with its sums.

    Args:
        pairs: Of the anchor.
        reason: Why an anchor's forces need not cancel; empty where they do.
        before: The pairs before a change of labels.
    """
    forces = force_by_relation(pairs)
    earlier = None if before is None else force_by_relation(before)
    reason = REFERENCE if pairs.role == "reference" else reason
    st.markdown(
        "**Force by relation**",
        help="dL/ds of the anchor's loss, summed over its pairs. Left: pulls together. Right: pushes apart. "
        "Under a softmax the two sides of one anchor are equal: what it pulls in, it pushes away elsewhere."
        + (" Dashed: before the change of labels." if earlier else ""),
    )
    words = ", ".join(
        f"{mark.short(pairs.role)} pulls {forces[mark.code][0]:+.3f}, pushes {forces[mark.code][1]:+.3f}"
        for mark in RELATIONS
    )
    st.echarts_chart(
        force_options(forces, dark=_dark(), before=earlier, role=pairs.role),
        key="anchor.forces",
        height=196,
        alt=f"Force by relation: {words}.",
    )
    st.caption(balance(forces, reason) + (f"  \nbefore: {balance(earlier, '')}" if earlier else ""))
    if not pairs.force.any():
        st.caption(NO_FORCE)


def show_table(
    pairs: AnchorPairs,
    *,
    ids: np.ndarray,
    names: Sequence[str],
    labels: np.ndarray,
    label_names: Sequence[str],
    pictures: Sequence[bytes | None] | None,
    key: str,
    height: int,
    texts: Sequence[str] | None = None,
    among: np.ndarray | None = None,
    choose: Callable[[int], None] | None = None,
) -> int:
    """Draw the strongest pulls and pushes; return the selected row (of all items), or -1.

    ``among``: only pairs with these rows. ``choose``: what the button in front of a line does with its row; None: its
    item becomes the anchor among the watched items.
    """
    before, order = st.session_state.get(key), f"{key}.order"
    held = st.session_state.get(order) if before and before["selection"]["rows"] else None
    table = pair_table(pairs, ids, names, labels, label_names, held=held, texts=texts, among=among)
    rows = table.pop("row").to_numpy()
    st.session_state[order] = rows.tolist()
    if pictures is not None:
        table.insert(0, "picture", [picture_url(pictures[row]) for row in rows])
    lines = [int(ids[row]) if choose is None else int(row) for row in rows]
    buttons = add_anchor_column(table, lines, key=f"{key}.choose", choose=choose)
    chosen = inert_table(
        table,
        pictures="picture",
        hide_index=True,
        column_config=buttons | _columns(),
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        height=height,
        row_height=34 if texts is None else TEXT_ROW,
        alt=f"The {len(table)} strongest pulls and pushes of the anchor.",
    )
    selected = chosen.selection.rows
    return int(rows[selected[0]]) if selected and selected[0] < len(rows) else -1


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "text": st.column_config.TextColumn(width=TEXT_WIDTH),
        "picture": st.column_config.ImageColumn("", width=36),
        "item": st.column_config.TextColumn(width=140),
        "T": st.column_config.TextColumn("labels", width=92),
        "relation": st.column_config.TextColumn(
            width=90, help="The labels of the other item compared with the anchor's."
        ),
        "force": number(
            format="%+.4f", width=64, help="Negative: the pair is pulled together. Positive: pushed apart."
        ),
        "weight": number(format="%.2f", width=56),
        "cosine": number(format="%.2f", width=56),
        "shared": number(width=56),
        "extra": number(width=52),
        "K^s": number("Kˢ", format="%.2f", width=52),
        "K^d": number("Kᵈ", format="%.2f", width=52),
    }


def _dark() -> bool:
    return getattr(st.context.theme, "type", None) == "dark"
