"""The anchor among the watched items, at the step of the timeline."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import loaders, state
from dashboard.access import shown
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.formatting import escaped
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.what_if import Edits, edited
from dashboard.parts.anchor.downloads import show_anchor_downloads
from dashboard.parts.anchor.side import show_anchor, show_forces, show_table, with_rule
from dashboard.parts.anchor.what_if import edits_of, what_if_popover
from dashboard.parts.cloud.cloud_view import anchor_row, map_choice, show_cloud
from dashboard.parts.cloud.on_map import switches
from dashboard.parts.frame.anchor_column import choose_item
from dashboard.parts.frame.current import View, current_view
from dashboard.parts.frame.search import show_search
from mlcl_core.engine.config import LossConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.records import WatchedItems
from mlcl_core.runs.run import Run

HINT = "Hover a point to read how the loss weighs that pair. Click it to make it the anchor."
HEIGHT = 452
STAR = "\u2605"  # the sign of a prototype on the map
SHARES = [1.0, 2.2, 2.1]


@dataclass(frozen=True)
class _Opened:
    """The anchor among the watched items of one frame: its row, its pairs, and the pairs before the edit of labels."""

    view: View
    step: int
    watched: WatchedItems
    row: int
    role: str
    edits: Edits
    pairs: AnchorPairs
    before: AnchorPairs | None


def show_watched(run: Run, role: str, files: DeltaGenerator) -> None:
    """Anchor on the left, cloud and sentence in the middle, table on the right; ``files``: where files are offered."""
    left, middle, right = st.columns(SHARES, gap="small")
    with left:
        top = st.container(horizontal=True, gap="small")
    with top:
        map_name = map_choice()
    with left:
        hits = show_search(run)
    view = current_view(run, map_name)
    with right:
        opened = _open(view, role)
    focus = -1
    if opened is not None:
        with top:
            what_if_popover(opened.view.run, opened.watched, opened.row, "What if", key="anchor.what_if.anchor")
        with left:
            _show_side(opened)
        with right:
            focus = _show_pairs(opened, hits)
    drawn: list[CloudFrame] = []
    with middle:
        show_cloud(
            view,
            key="anchor.cloud",
            role=role,
            sentence=True,
            focus=focus,
            marked=hits,
            hint=HINT,
            edits=_edits(view),
            forces=bool(st.session_state.get(state.FORCES, True)),
            tools=True,
            on_map=switches(),
            on_frame=drawn.append,
        )
    if opened is not None:
        with files:
            _offer_files(opened, drawn[0] if drawn else None)


def _edits(view: View) -> Edits:
    watched = loaders.watched_items(view.run)
    if watched is None or view.step is None:
        return ()
    return edits_of(view.run, watched.ids)


def _open(view: View, role: str) -> _Opened | None:
    """The anchor's pairs; without any, say why and return None."""
    watched = loaders.watched_items(view.run)
    if watched is None or view.step is None:
        return None
    row, edits = anchor_row(view.run, watched), _edits(view)
    try:
        pairs = loaders.pairs(view.run, view.step, row, role, edits)
        before = loaders.pairs(view.run, view.step, row, role) if edits else None
    except InputError as error:
        st.error(f"The pairs of step {view.step:,} cannot be opened: {escaped(shown(str(error)))}")
        return None
    if pairs is None:
        st.info(no_pairs(view.run))
        return None
    return _Opened(view, view.step, watched, row, role, edits, pairs, before)


def _show_side(opened: _Opened) -> None:
    watched, row, labels = opened.watched, opened.row, edited(opened.watched.labels, opened.edits)
    show_anchor(
        watched.names[row] or f"item {watched.ids[row]}",
        [name for name, has in zip(watched.label_names, labels[row], strict=True) if has],
        watched.pictures[row] if watched.pictures else None,
        with_rule(f"{watched.split[row]} item · step {opened.step:,}", _loss_config(opened)),
        role=opened.role,
        text=watched.texts[row] if watched.texts else None,
    )
    show_forces(opened.pairs, _batch_loss(opened).force_imbalance_reason, opened.before)


def _batch_loss(opened: _Opened) -> Any:
    return loaders.batch_loss(opened.view.run, _loss_config(opened))


def _loss_config(opened: _Opened) -> LossConfig:
    """The settings of the loss in force at the step shown."""
    return loaders.config_at(opened.view.run, opened.step).loss


def _with_prototypes(opened: _Opened) -> dict[str, Any]:
    """Ids, names and labels of the items, and of the prototypes behind them."""
    watched, labels = opened.watched, edited(opened.watched.labels, opened.edits)
    more = len(opened.pairs.force) - len(watched.ids)
    return {
        "ids": np.concatenate([watched.ids, np.full(more, -1)]),
        "names": [*watched.names, *(f"{STAR} {name}" for name in watched.label_names[:more])],
        "labels": np.concatenate([labels, np.eye(more, labels.shape[1], dtype=bool)]),
        "label_names": watched.label_names,
    }


def _offer_files(opened: _Opened, frame: CloudFrame | None) -> None:
    among, items = "the watched items as one batch", _with_prototypes(opened)
    show_anchor_downloads(opened.view.run, opened.step, opened.pairs, frame, items, among=among, edits=opened.edits)


def _show_pairs(opened: _Opened, hits: np.ndarray | None) -> int:
    """The table of pairs; returns the selected row of the watched items, or -1."""
    run, watched, everyone = opened.view.run, opened.watched, _with_prototypes(opened)
    more = len(opened.pairs.force) - len(watched.ids)
    selected = show_table(
        opened.pairs,
        **everyone,
        pictures=None if watched.pictures is None else [*watched.pictures, *[None] * more],
        key=f"{state.TABLE}.{run.id}.{opened.role}.{watched.ids[opened.row]}.{state.get(state.SEARCH, '')}",
        height=HEIGHT,
        texts=[*watched.texts, *everyone["names"][len(watched.ids) :]] if watched.texts else None,
        among=hits,
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
        what_if_popover(run, watched, focus, "What if", key="anchor.what_if.other", disabled=focus < 0)
    return focus


def no_pairs(run: Run) -> str:
    """Why the pairs of the watched items cannot be shown, and where they can."""
    if loaders.batch_loss(run, run.config().loss) is not None:
        return (
            "This run's loss compares more than the points of a frame (label embeddings, distributions). Its pairs are "
            "shown in the *batch just trained on*: use the switch above."
        )
    return "This run's loss compares no pairs of items, so there are no pulls and pushes to show."
