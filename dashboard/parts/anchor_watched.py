"""The anchor among the watched items, at the step that the timeline shows."""

import numpy as np
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.words import escaped
from dashboard.parts.anchor_side import show_anchor, show_forces, show_table
from dashboard.parts.cloud_view import anchor_row, map_choice, show_cloud
from dashboard.parts.current import place
from dashboard.role import shown
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

HINT = "Hover a point to read how the loss weighs that pair. Click it to make it the anchor."
HEIGHT = 452
STAR = "\u2605"  # as on the map
SHARES = [1.0, 2.35, 1.95]


def show_watched(run: Run | None, role: str) -> None:
    """Anchor on the left, cloud and sentence in the middle, table on the right."""
    left, middle, right = st.columns(SHARES, gap="small")
    probe = loaders.probe(run) if run else None
    with left:
        map_name = map_choice()
    where = place(run, map_name) if run else None
    pairs, row = None, -1
    if where is not None and probe is not None and where.step is not None:
        row = anchor_row(where.run, probe)
        try:
            pairs = loaders.pairs(where.run, where.step, row, role)
        except InputError as error:
            st.error(escaped(shown(str(error))))
    focus = -1
    if pairs is not None and probe is not None and where is not None and where.step is not None:
        with left:
            labels = [name for name, has in zip(probe.label_names, probe.labels[row], strict=True) if has]
            picture = probe.pictures[row] if probe.pictures else None
            show_anchor(
                probe.names[row] or f"item {probe.ids[row]}",
                labels,
                picture,
                f"{probe.split[row]} item · step {where.step:,}",
                role=role,
            )
            show_forces(pairs)
        with right:
            more = len(pairs.force) - len(probe.ids)
            stars = [f"{STAR} {name}" for name in probe.label_names[:more]]
            selected = show_table(
                pairs,
                ids=np.concatenate([probe.ids, np.full(more, -1)]),
                names=[*probe.names, *stars],
                labels=np.concatenate([probe.labels, np.eye(more, probe.labels.shape[1], dtype=bool)]),
                label_names=probe.label_names,
                pictures=None if probe.pictures is None else [*probe.pictures, *[None] * more],
                key=f"{state.TABLE}.{where.run.id}.{role}.{probe.ids[row]}",
                height=HEIGHT,
            )
            focus = selected if selected < len(probe.ids) else -1  # a prototype is no item
            st.button(
                "Make the selected item the anchor",
                disabled=focus < 0,
                on_click=_choose,
                args=(int(probe.ids[focus]),),
                key="anchor.choose",
            )
    elif where is not None and where.step is not None:
        with right:
            st.info(no_pairs(where.run))
    with middle:
        show_cloud(where, key="anchor.cloud", role=role, sentence=True, focus=focus, hint=HINT)


def no_pairs(run: Run) -> str:
    """Why the pairs of the watched items cannot be opened, and where they can."""
    if loaders.opens_batches(run):
        return (
            "This run's loss compares more than the points of a frame (label embeddings, distributions). Its pairs can "
            "be opened in the *batch just trained on*: the switch is above."
        )
    return "This run's loss looks at no pairs of items, so there are no pulls and pushes to show."


def _choose(item: int) -> None:
    st.session_state[state.ITEM] = item
