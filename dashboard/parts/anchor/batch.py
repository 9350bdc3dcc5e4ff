"""The anchor in the batch just trained on: real items, real views, the weights and forces the worker wrote down."""

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from dashboard import loaders, state
from dashboard.access import shown
from dashboard.components.cloud import cloud, library, picked
from dashboard.figures.anchor import anchor_pairs, most_informative_anchor, written_pairs
from dashboard.figures.arrows import gradients
from dashboard.figures.cloud import (
    AnchorPairs,
    alt_text,
    by_label_count,
    by_relation,
    empty_message,
    frame_message,
    items_message,
)
from dashboard.figures.formatting import escaped
from dashboard.figures.what_if import Edits, edited
from dashboard.parts.anchor.side import show_anchor, show_forces, show_table
from dashboard.parts.anchor.watched import HEIGHT, HINT, SHARES, no_pairs
from dashboard.parts.anchor.what_if import edits_of, what_if_popover
from dashboard.parts.cloud.arrows import batch_arrows, driven_arrows
from dashboard.parts.cloud.cloud_view import anchor_row, is_product, no_run
from dashboard.parts.frame.current import look_at
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP, MAPS, draw, with_direction
from mlcl_core.runs.records import Batch, Probe
from mlcl_core.runs.run import Run, numbered_path

KEY = "anchor.batch"
EMPTY = "No batch was written down yet. The worker keeps one every few steps, and each time it is paused."
AS_TRAINED = (
    "What if waits among the watched items: of this batch's pairs the file holds what was trained on, and this run's "
    "loss cannot be asked again from it."
)
NO_TEXT = "(not watched: its text was not kept)"
LISTED = 6  # steps with a batch that are spelt out
CLOSE = 1e-2  # share of the largest force: below, a force worked out here is the one that was written


@dataclass(frozen=True)
class Opened:
    """A batch as the page shows it: items, map, names, and the anchor in it.

    ``row``: of the anchor; ``missing``: why it is not the one that was chosen, else empty.
    """

    batch: Batch
    xy: np.ndarray
    shipped: tuple[str, bytes]
    pictures: list[bytes] | None
    names: list[str]
    label_names: list[str]
    texts: list[str] | None
    row: int
    missing: str


def batch_of_step(run: Run, wanted: int | None) -> int | None:
    """Step of the batch that was trained on at ``wanted`` (None, live: the newest); None: none was written there."""
    steps = run.batch_steps()
    return (steps[-1] if steps else None) if wanted is None else wanted if wanted in steps else None


def written_words(steps: Sequence[int], wanted: int) -> str:
    """Which steps have a batch, where ``wanted`` has none."""
    listed = list(steps)
    if len(listed) > LISTED:
        near = sorted(sorted(listed, key=lambda step: abs(step - wanted))[: LISTED - 2])
        listed = sorted({listed[0], *near, listed[-1]})
    words = ", ".join(f"{step:,}" for step in listed)
    some = f" and {len(steps) - len(listed)} more" if len(listed) < len(steps) else ""
    return f"No batch was written at step {wanted:,}. There are batches of the steps {words}{some}."


def open_batch(run: Run | None) -> Opened | None:
    """The batch of the step that the timeline shows, with the anchor in it; None where there is none.

    Raises:
        InputError: It cannot be read.
    """
    step = batch_of_step(run, st.session_state.get(state.STEP)) if run else None
    if run is None or step is None:
        return None
    batch, xy, shipped, pictures, names, label_names, texts = _open(run, step)
    return Opened(batch, xy, shipped, pictures, names, label_names, texts, *_anchor_in(run, batch))


def show_batch(run: Run | None, role: str) -> None:
    """Anchor, cloud, sentence and table of the batch of the step that the timeline shows."""
    left, middle, right = st.columns(SHARES, gap="small")
    try:
        opened = open_batch(run)
    except InputError as error:
        opened = None
        st.error(escaped(shown(str(error))))
    if run is None or opened is None:
        with middle:
            cloud(
                empty_message(_why_empty(run), run=run.id if run else "", sentence=True),
                key=KEY,
                on_picked=lambda: None,
            )
        if run is not None:
            with left:
                _offer_nearest(run)
        return
    batch, row, names, label_names, step = opened.batch, opened.row, opened.names, opened.label_names, opened.batch.step
    edits = edits_of(run, batch.ids)
    written, again = _pairs(run, batch, row, role, ()), _worked_out_here(run, batch, row)
    asked = bool(edits) and again
    pairs = _pairs(run, batch, row, role, edits) if asked else written
    labels = edited(batch.y, edits) if asked else batch.y
    focus = -1
    items = _as_probe(opened)
    with left:
        if again:
            what_if_popover(run, items, row, "What if", key="anchor.what_if.batch")
        show_anchor(
            names[row],
            [label_names[c] for c in np.flatnonzero(labels[row])],
            opened.pictures[row] if opened.pictures else None,
            f"in the batch of step {step:,}",
            role=role,
            text=opened.texts[row] if opened.texts else None,
        )
        if opened.missing:
            st.caption(opened.missing)
        if role == "anchor" and row >= _anchors(run, batch):
            st.caption("A key is nobody's anchor: it pulls and pushes, and nothing moves it. See it as a reference.")
        if pairs is not None:
            show_forces(pairs, _remainder(run), written if asked else None)
        if words := _which(run, step):
            st.caption(words)
        if edits and not asked:
            st.caption(AS_TRAINED)
    with right:
        if pairs is None:
            st.info(
                f"Of so large a batch the pairs of its first {len(batch.w):,} anchors are kept. Choose one of them."
            )
        else:
            focus = show_table(
                pairs,
                ids=batch.ids,
                names=names,
                labels=labels,
                label_names=label_names,
                pictures=opened.pictures,
                key=f"{state.TABLE}.{run.id}.batch.{step}.{role}.{row}",
                height=HEIGHT,
                texts=opened.texts,
            )
            st.button(
                "Make the selected item the anchor",
                disabled=focus < 0,
                on_click=choose_row,
                args=(run, int(batch.ids[focus]), focus),
                key="anchor.choose",
            )
    colouring = by_label_count(labels) if pairs is None else by_relation(pairs)
    arrows = _arrows(run, batch, opened.xy, pairs, edits if asked else ())
    with middle:
        cloud(
            frame_message(
                opened.xy,
                colouring,
                items=opened.shipped[0],
                run=run.id,
                step=step,
                map_name="batch",
                status=f"{MAPS[FIRST_MAP].title} of this batch · step {step:,}",
                alt=alt_text(MAPS[FIRST_MAP].title, step, colouring, anchor=names[row]),
                pairs=pairs,
                anchor=row,
                anchor_id=int(batch.ids[row]),
                focus=focus,
                sentence=True,
                hint=HINT,
                product=is_product(run),
                space=f"{run.id} batch {step}",
                arrows=arrows if st.session_state.get(state.FORCES, True) else None,
                edits=dict(edits) if asked else None,
                apart=~with_direction(batch.z),
            ),
            key=KEY,
            on_picked=lambda: _picked(run, batch),
        )
        library(opened.shipped[1], key="cloud.library.batch")


def looked_at(run: Run | None, *, batch: bool) -> tuple[np.ndarray | None, Sequence[str], int]:
    """Ids of the items that are shown, the watched ones or those of the batch; names of the labels; the anchor's id."""
    probe = loaders.probe(run) if run else None
    if run is None or probe is None:
        return None, (), -1
    if batch:
        with suppress(InputError):  # the page below says it
            if (opened := open_batch(run)) is not None:
                return opened.batch.ids, opened.label_names, int(opened.batch.ids[opened.row])
    row = anchor_row(run, probe)
    return probe.ids, probe.label_names, int(probe.ids[row]) if row >= 0 else -1


def choose_row(run: Run, item: int, row: int) -> None:
    """Make a row of a batch the anchor; where it is watched, among the watched items too."""
    probe = loaders.probe(run)
    if probe is not None and item in probe.ids:
        st.session_state[state.ITEM] = item
    st.session_state[state.ROW] = {"item": item, "row": row, "beside": st.session_state.get(state.ITEM)}


def _anchor_in(run: Run, batch: Batch) -> tuple[int, str]:
    """Row of the anchor in a batch: the item that was chosen last, there or among the watched items."""
    probe, chosen = loaders.probe(run), st.session_state.get(state.ROW)
    if chosen and chosen["beside"] == st.session_state.get(state.ITEM):
        item, wanted = chosen["item"], chosen["row"]
    elif probe is not None and len(probe.ids):
        item, wanted = int(probe.ids[anchor_row(run, probe)]), -1
    else:
        return max(most_informative_anchor(batch.y), 0), ""
    rows = np.flatnonzero(batch.ids == item)
    if len(rows):
        return (wanted if wanted in rows else int(rows[0])), ""
    row = max(most_informative_anchor(batch.y), 0)
    at = np.flatnonzero(probe.ids == item) if probe is not None else np.zeros(0, int)
    if probe is None or not len(at):
        return row, f"The anchor, item {item}, is not in this batch; this is another one."
    name = escaped(probe.names[at[0]] or f"item {item}")
    if (split := probe.split[at[0]]) != "train":
        return row, f"The anchor, {name}, is a {split} item: it is in no batch. This is another item."
    return row, f"The anchor, {name}, is not in this batch. This is another item."


def _offer_nearest(run: Run) -> None:
    steps, wanted = run.batch_steps(), st.session_state.get(state.STEP)
    if not steps or wanted is None or wanted in steps:
        return
    nearest = min(steps, key=lambda step: abs(step - wanted))
    st.button(f"Go to step {nearest:,}, the nearest", on_click=look_at, args=(nearest,), key="anchor.nearest")
    st.button("Go to the newest", on_click=look_at, args=(None,), key="anchor.newest")


def _why_empty(run: Run | None) -> str:
    if run is None:
        return no_run()
    steps, wanted = run.batch_steps(), st.session_state.get(state.STEP)
    if steps and wanted is not None and wanted not in steps:
        return written_words(steps, wanted)
    return EMPTY if loaders.opens_batches(run) else no_pairs(run)


def _as_probe(opened: Opened) -> Probe:
    """The items of a batch, as what is watched is handed on."""
    batch = opened.batch
    names = tuple(name.rpartition(" · ")[0] for name in opened.names)
    return Probe(batch.ids, np.full(len(batch.ids), "train"), names, batch.y, tuple(opened.label_names), None)


def _worked_out_here(run: Run, batch: Batch, row: int) -> bool:
    """Whether the pairs as worked out here are those that were trained on, so that other labels can be asked for."""
    contrastive = loaders.loss(run, _temperature(run, batch))
    if contrastive is None or row >= len(batch.w) or len(batch.w[0]) != len(batch.ids):
        return False
    if run.config().loss.momentum or "prototypes" in contrastive.needs:
        return False
    here = anchor_pairs(contrastive, batch.z, batch.y, row).force
    return bool(np.abs(here - batch.force[row]).max(initial=0) <= CLOSE * np.abs(batch.force[row]).max(initial=1e-9))


def recorded(batch: Batch, pairs: AnchorPairs, anchors: int) -> AnchorPairs:
    """The same pairs with weight and force as the worker wrote them (of a large batch: of its first anchors).

    Args:
        batch: As written.
        pairs: Of one item among all of the batch.
        anchors: How many items are anchors; what comes behind them, keys and a queue, attracts and pushes only.
    """
    row, rows, n = pairs.anchor, len(batch.w), len(batch.ids)
    if pairs.role == "reference" and rows == anchors:
        weight, force = np.zeros(n, batch.w.dtype), np.zeros(n, batch.force.dtype)
        weight[:anchors], force[:anchors] = batch.w[:, row], batch.force[:, row]
    elif pairs.role == "anchor" and row < rows:
        weight, force = batch.w[row], batch.force[row]
    elif pairs.role == "anchor" and row >= anchors:
        weight, force = np.zeros(n, batch.w.dtype), np.zeros(n, batch.force.dtype)
    else:
        return pairs
    # what was no candidate is no positive either, whatever the labels say
    return replace(pairs, weight=weight, force=force, positive=pairs.positive & (weight > 0))


def _pairs(run: Run, batch: Batch, row: int, role: str, edits: Edits) -> AnchorPairs | None:
    temperature = _temperature(run, batch)
    contrastive = loaders.loss(run, temperature)
    if contrastive is None:
        return written_pairs(batch.y, batch.w, batch.s, batch.force, row, role, temperature)
    found = anchor_pairs(contrastive, batch.z, edited(batch.y, edits), row, role)
    return found if edits else recorded(batch, found, _anchors(run, batch))


def _arrows(run: Run, batch: Batch, xy: np.ndarray, pairs: AnchorPairs | None, edits: Edits) -> Any:
    if pairs is None:
        return None
    at = _temperature(run, batch)
    contrastive = loaders.loss(run, at)
    if edits and contrastive is not None:
        gradient = gradients(contrastive, batch.z, edited(batch.y, edits))[pairs.anchor]
        return driven_arrows(pairs, batch.z, xy, gradient)
    whole = contrastive is not None and "prototypes" not in contrastive.needs
    with_cosines = whole and np.allclose(batch.s[0] * at, batch.z @ batch.z[0], atol=1e-3)
    return batch_arrows(batch, xy, pairs, _anchors(run, batch), at, with_cosines)


def _remainder(run: Run) -> str:
    """Why the forces of one anchor of a batch need not cancel; empty where they do."""
    opened = loaders.opened(run)
    if "prototypes" in opened.needs:
        return "label prototypes take part too, and the batch's file holds the pairs of items"
    return str(opened.force_imbalance_reason)


def _which(run: Run, step: int) -> str:
    """Which batch it is, and how to see the next one."""
    status, newest = run.status(), run.batch_steps()[-1]
    if step < newest:
        return f"A newer batch is there, of step {newest:,}: the right end of the timeline shows it."
    if status.state == "paused":
        return "Paused: *+1 batch*, above, trains on one more and shows it here."
    if step < status.step:
        return f"The newest batch that was written; the run is at step {status.step:,}."
    return ""


def _temperature(run: Run, batch: Batch) -> float:
    return float(batch.settings.get("loss.temperature", run.config().loss.temperature))


def _anchors(run: Run, batch: Batch) -> int:
    """How many items of a batch are anchors: all, or the first views where a momentum encoder makes keys."""
    return int((batch.view == 0).sum()) if run.config().loss.momentum else len(batch.ids)


def _open(run: Run, step: int) -> Any:
    return _opened(str(run.path), step, loaders._stamp(numbered_path(run.path / "batches", step)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(path: str, step: int, stamp: int) -> Any:
    from pathlib import Path

    run = Run(Path(path))
    batch, probe = loaders.batch(run, step), run.probe()
    known = {int(item): name for item, name in zip(probe.ids, probe.names, strict=True)}
    names = [
        f"{known.get(int(item)) or f'item {item}'} · {f'view {view + 1}' if view < 2 else 'in the queue'}"
        for item, view in zip(batch.ids, batch.view, strict=True)
    ]
    # the batch's file holds no texts: of its items, those of the watched ones are known
    said = None if probe.texts is None else dict(zip(probe.ids.tolist(), probe.texts, strict=True))
    texts = None if said is None else [said.get(int(item), NO_TEXT) for item in batch.ids]
    pictures = None if batch.pictures is None else [_png(picture) for picture in batch.pictures]
    shipped = items_message(
        ids=np.arange(len(batch.ids)), names=names, labels=batch.y, label_names=probe.label_names, pictures=pictures
    )
    xy = draw(MAPS[FIRST_MAP], batch.z.astype(np.float32)).xy
    return batch, xy, shipped, pictures, names, list(probe.label_names), texts


def _png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    pixels = picture[0] if picture.shape[0] == 1 else picture.transpose(1, 2, 0)
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


def _picked(run: Run, batch: Batch) -> None:
    chosen = picked(KEY)
    if chosen is not None and 0 <= chosen < len(batch.ids):
        choose_row(run, int(batch.ids[chosen]), chosen)
