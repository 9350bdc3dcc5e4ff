"""The anchor among the watched items, at the step that the timeline shows."""

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import loaders, state
from dashboard.access import shown
from dashboard.figures.formatting import escaped
from dashboard.figures.what_if import Edits, edited
from dashboard.parts.anchor.side import show_anchor, show_forces, show_table
from dashboard.parts.anchor.what_if import edits_of, what_if_popover
from dashboard.parts.cloud.cloud_view import anchor_row, choose_item, map_choice, show_cloud
from dashboard.parts.frame.current import current_view
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

HINT = "Hover a point to read how the loss weighs that pair. Click it to make it the anchor."
HEIGHT = 452
STAR = "\u2605"  # as on the map
SHARES = [1.0, 2.35, 1.95]


def show_watched(run: Run | None, role: str) -> None:
    """Anchor on the left, cloud and sentence in the middle, table on the right."""
    left, middle, right = st.columns(SHARES, gap="small")
    watched = loaders.watched_items(run) if run else None
    with left:
        top = st.container(horizontal=True, gap="small")
    with top:
        map_name = map_choice()
    view = current_view(run, map_name) if run else None
    pairs, before, row, focus = None, None, -1, -1
    edits: Edits = ()
    if view is not None and watched is not None and view.step is not None:
        row, edits = anchor_row(view.run, watched), edits_of(view.run, watched.ids)
        try:
            pairs = loaders.pairs(view.run, view.step, row, role, edits)
            before = loaders.pairs(view.run, view.step, row, role) if edits else None
        except InputError as error:
            with right:
                st.error(f"The pairs of step {view.step:,} cannot be opened: {escaped(shown(str(error)))}")
        else:
            if pairs is None:
                with right:
                    st.info(no_pairs(view.run))
    if pairs is not None and watched is not None and view is not None and view.step is not None:
        seen = replace(watched, labels=edited(watched.labels, edits))
        with top:
            what_if_popover(view.run, watched, row, "What if", key="anchor.what_if.anchor")
        with left:
            picture = watched.pictures[row] if watched.pictures else None
            show_anchor(
                watched.names[row] or f"item {watched.ids[row]}",
                [name for name, has in zip(watched.label_names, seen.labels[row], strict=True) if has],
                picture,
                f"{watched.split[row]} item · step {view.step:,}",
                role=role,
                text=watched.texts[row] if watched.texts else None,
            )
            show_forces(pairs, loaders.batch_loss(view.run).force_imbalance_reason, before)
        with right:
            more = len(pairs.force) - len(watched.ids)
            stars = [f"{STAR} {name}" for name in watched.label_names[:more]]
            selected = show_table(
                pairs,
                ids=np.concatenate([watched.ids, np.full(more, -1)]),
                names=[*watched.names, *stars],
                labels=np.concatenate([seen.labels, np.eye(more, watched.labels.shape[1], dtype=bool)]),
                label_names=watched.label_names,
                pictures=None if watched.pictures is None else [*watched.pictures, *[None] * more],
                key=f"{state.TABLE}.{view.run.id}.{role}.{watched.ids[row]}",
                height=HEIGHT,
                texts=[*watched.texts, *stars] if watched.texts else None,
            )
            focus = selected if selected < len(watched.ids) else -1  # a prototype is no item
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Make the selected item the anchor",
                    disabled=focus < 0,
                    on_click=choose_item,
                    args=(int(watched.ids[focus]),),
                    key="anchor.choose",
                )
                what_if_popover(view.run, watched, focus, "What if", key="anchor.what_if.other", disabled=focus < 0)
    with middle:
        show_cloud(
            view,
            key="anchor.cloud",
            role=role,
            sentence=True,
            focus=focus,
            hint=HINT,
            edits=edits,
            forces=bool(st.session_state.get(state.FORCES, True)),
        )


def no_pairs(run: Run) -> str:
    """Why the pairs of the watched items cannot be opened, and where they can."""
    if loaders.batch_loss(run) is not None:
        return (
            "This run's loss compares more than the points of a frame (label embeddings, distributions). Its pairs can "
            "be opened in the *batch just trained on*: the switch is above."
        )
    return "This run's loss looks at no pairs of items, so there are no pulls and pushes to show."
