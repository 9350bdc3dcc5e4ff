"""The anchor in the batch just trained on: its items and views, the weights and forces that the worker wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import loaders, state
from dashboard.access import shown
from dashboard.components.cloud import cloud, library, picked
from dashboard.figures.cloud import CloudFrame, alt_text, empty_message
from dashboard.figures.colourings.cardinality import by_label_count
from dashboard.figures.colourings.relation import by_relation
from dashboard.figures.formatting import escaped
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.what_if import Edits, edited
from dashboard.parts.anchor.batch_anchor import ShownBatch, choose_row, shown_batch
from dashboard.parts.anchor.batch_pairs import (
    anchor_count,
    arrows,
    batch_pairs,
    can_recompute,
    imbalance_reason,
    trained_with,
)
from dashboard.parts.anchor.downloads import show_anchor_downloads
from dashboard.parts.anchor.side import show_anchor, show_forces, show_table, with_rule
from dashboard.parts.anchor.watched import HEIGHT, HINT, SHARES, no_pairs
from dashboard.parts.anchor.what_if import edits_of, what_if_popover
from dashboard.parts.cloud.cloud_view import is_product
from dashboard.parts.frame.current import look_at
from dashboard.parts.frame.search import Searched, show_hits
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP, MAPS, with_direction
from mlcl_core.runs.records import Batch, WatchedItems
from mlcl_core.runs.run import Run

KEY = "anchor.batch"
EMPTY = "No batch has been written yet. The worker writes one every few steps, and whenever it is paused."
AS_TRAINED = (
    "The change of labels does not apply here: the file of this batch holds the pairs that were trained on, and the "
    "loss of this run cannot be computed anew from it. It applies among the watched items."
)
KEY_IS_NO_ANCHOR = "A key is never an anchor: it pulls and pushes but does not move itself. See it as a reference."
MAX_LISTED = 6  # steps with a batch that are spelt out


@dataclass(frozen=True)
class _View:
    """What the columns of the page show of a batch: the pairs as seen now, and as written.

    ``edits``: the labels tried out, empty where they cannot be applied. ``held_back``: whether that is so.
    """

    run: Run
    seen: ShownBatch
    role: str
    edits: Edits
    held_back: bool
    editable: bool
    pairs: AnchorPairs | None
    written: AnchorPairs | None

    @property
    def batch(self) -> Batch:
        return self.seen.batch

    @property
    def labels(self) -> np.ndarray:
        """The labels of the items, with what was edited."""
        return edited(self.seen.batch.y, self.edits)


def show_batch(run: Run, role: str, files: DeltaGenerator) -> None:
    """Anchor, cloud, sentence and table of the batch at the timeline's step; ``files``: where files are offered."""
    left, middle, right = st.columns(SHARES, gap="small")
    try:
        seen = shown_batch(run)
    except InputError as error:
        seen = None
        st.error(escaped(shown(str(error))))
    if seen is None:
        with middle:
            message = empty_message(_why_empty(run), run=run.id, sentence=True)
            cloud(message, key=KEY, on_picked=lambda: None)
        with left:
            _offer_nearest(run)
        return
    view = _view(run, seen, role)
    with left:
        hits = _show_search(run, seen)
        _show_side(view)
    with right:
        focus = _show_pairs(view, hits)
    with middle:
        frame = _show_map(view, focus, hits)
    if view.pairs is not None:
        with files:
            _offer_files(view, view.pairs, frame)


def _show_search(run: Run, seen: ShownBatch) -> np.ndarray | None:
    items, batch = seen.items, seen.batch

    def choose(row: int) -> None:
        choose_row(run, int(batch.ids[row]), row)

    index = loaders.batch_index(run, batch.step)
    return show_hits(Searched(index, items.names, batch.y, items.label_names, choose))


def _view(run: Run, seen: ShownBatch, role: str) -> _View:
    batch, row = seen.batch, seen.row
    edits, editable = edits_of(run, batch.ids), can_recompute(run, batch, row)
    written = batch_pairs(run, batch, row, role, ())
    applied = edits if editable else ()
    pairs = batch_pairs(run, batch, row, role, applied) if applied else written
    return _View(run, seen, role, applied, bool(edits) and not editable, editable, pairs, written)


def _show_side(view: _View) -> None:
    run, batch, items, row = view.run, view.batch, view.seen.items, view.seen.row
    if view.editable:
        what_if_popover(run, _as_watched(view.seen), row, "What if", key="anchor.what_if.batch")
    show_anchor(
        items.names[row],
        [items.label_names[column] for column in np.flatnonzero(view.labels[row])],
        items.pictures[row] if items.pictures else None,
        with_rule(f"in the batch of step {batch.step:,}", trained_with(run, batch)),
        role=view.role,
        text=items.texts[row] if items.texts else None,
    )
    if view.seen.missing:
        st.caption(view.seen.missing)
    if view.role == "anchor" and row >= anchor_count(run, batch):
        st.caption(KEY_IS_NO_ANCHOR)
    if view.pairs is not None:
        show_forces(view.pairs, imbalance_reason(run, batch), view.written if view.edits else None)
    if words := _which(run, batch.step):
        st.caption(words)
    if view.held_back:
        st.caption(AS_TRAINED)


def _show_pairs(view: _View, hits: np.ndarray | None) -> int:
    """The table of pairs; returns the selected row of the batch, or -1."""
    run, batch, items = view.run, view.batch, view.seen.items
    if view.pairs is None:
        st.info(
            f"Of a batch this large, only the pairs of its first {len(batch.w):,} anchors are kept. Choose one of them."
        )
        return -1
    focus = show_table(
        view.pairs,
        ids=batch.ids,
        names=items.names,
        labels=view.labels,
        label_names=items.label_names,
        pictures=items.pictures,
        key=f"{state.TABLE}.{run.id}.batch.{batch.step}.{view.role}.{view.seen.row}.{state.get(state.SEARCH, '')}",
        height=HEIGHT,
        texts=items.texts,
        among=hits,
        choose=lambda row: choose_row(run, int(batch.ids[row]), row),
    )
    st.button(
        "Make the selected item the anchor",
        disabled=focus < 0,
        on_click=choose_row,
        args=(run, int(batch.ids[focus]), focus),
        key="anchor.choose",
    )
    return focus


def _offer_files(view: _View, pairs: AnchorPairs, frame: CloudFrame) -> None:
    batch, items = view.batch, view.seen.items
    everyone = {"ids": batch.ids, "names": items.names, "labels": view.labels, "label_names": items.label_names}
    among = "the batch just trained on: a row is a view of an item"
    show_anchor_downloads(view.run, batch.step, pairs, frame, everyone, among=among, edits=view.edits)


def _show_map(view: _View, focus: int, hits: np.ndarray | None) -> CloudFrame:
    run, batch, items, row, pairs = view.run, view.batch, view.seen.items, view.seen.row, view.pairs
    colouring = by_label_count(view.labels) if pairs is None else by_relation(pairs)
    forces = st.session_state.get(state.FORCES, True)
    frame = CloudFrame(
        items.xy,
        colouring,
        items=items.message[0],
        run=run.id,
        step=batch.step,
        map_name="batch",
        status=f"{MAPS[FIRST_MAP].title} of this batch · step {batch.step:,}",
        alt=alt_text(MAPS[FIRST_MAP].title, batch.step, colouring, anchor=items.names[row]),
        pairs=pairs,
        anchor=row,
        anchor_id=int(batch.ids[row]),
        focus=focus,
        sentence=True,
        hint=HINT,
        product=is_product(trained_with(run, batch)),
        label_weights=None if pairs is None else loaders.label_weights(run, trained_with(run, batch), view.labels[row]),
        space=f"{run.id} batch {batch.step}",
        arrows=arrows(run, batch, items.xy, pairs, view.edits) if forces else None,
        edits=dict(view.edits),
        apart=~with_direction(batch.z),
        marked=hits,
    )
    cloud(frame.message(), key=KEY, on_picked=lambda: _picked(run, batch))
    library(items.message[1], key="cloud.library.batch")
    return frame


def _as_watched(seen: ShownBatch) -> WatchedItems:
    """The items of a batch in the record of watched items."""
    batch = seen.batch
    names = tuple(name.rpartition(" · ")[0] for name in seen.items.names)
    return WatchedItems(
        batch.ids, np.full(len(batch.ids), "train"), names, batch.y, tuple(seen.items.label_names), None
    )


def _offer_nearest(run: Run) -> None:
    steps, wanted = run.batch_steps(), st.session_state.get(state.STEP)
    if not steps or wanted is None or wanted in steps:
        return
    nearest = min(steps, key=lambda step: abs(step - wanted))
    st.button(f"Go to step {nearest:,}, the nearest", on_click=look_at, args=(nearest,), key="anchor.nearest")
    st.button("Go to the newest", on_click=look_at, args=(None,), key="anchor.newest")


def _why_empty(run: Run) -> str:
    steps, wanted = run.batch_steps(), st.session_state.get(state.STEP)
    if steps and wanted is not None and wanted not in steps:
        return steps_with_batch(steps, wanted)
    return EMPTY if loaders.batch_loss(run, run.config().loss) is not None else no_pairs(run)


def steps_with_batch(steps: Sequence[int], wanted: int) -> str:
    """Which steps have a batch, where ``wanted`` has none."""
    listed = list(steps)
    if len(listed) > MAX_LISTED:
        near = sorted(sorted(listed, key=lambda step: abs(step - wanted))[: MAX_LISTED - 2])
        listed = sorted({listed[0], *near, listed[-1]})
    words = ", ".join(f"{step:,}" for step in listed)
    some = f" and {len(steps) - len(listed)} more" if len(listed) < len(steps) else ""
    return f"No batch was written at step {wanted:,}. There are batches of steps {words}{some}."


def _which(run: Run, step: int) -> str:
    """Which batch this is, and how to see the next one."""
    status, newest = run.status(), run.batch_steps()[-1]
    if step < newest:
        return f"A newer batch is there, of step {newest:,}: the right end of the timeline shows it."
    if status.state == "paused":
        return "Paused: *+1 batch*, above, trains on one more and shows it here."
    if step < status.step:
        return f"The newest batch that was written; the run is at step {status.step:,}."
    return ""


def _picked(run: Run, batch: Batch) -> None:
    chosen = picked(KEY)
    if chosen is not None and 0 <= chosen < len(batch.ids):
        choose_row(run, int(batch.ids[chosen]), chosen)
