"""The anchor in the batch just trained on: real items, real views, the weights and forces the worker wrote down."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from dashboard import loaders, state
from dashboard.components.cloud import cloud, library, picked
from dashboard.figures.anchor import anchor_pairs, written_pairs
from dashboard.figures.cloud import (
    AnchorPairs,
    alt_text,
    by_label_count,
    by_relation,
    empty_message,
    frame_message,
    items_message,
)
from dashboard.figures.words import escaped
from dashboard.parts.anchor_arrows import batch_arrows
from dashboard.parts.anchor_side import show_anchor, show_forces, show_table
from dashboard.parts.anchor_watched import HEIGHT, HINT, SHARES, no_pairs
from dashboard.parts.cloud_view import is_product, no_run
from dashboard.role import shown
from mlcl_core.errors import InputError
from mlcl_core.runs.records import Batch
from mlcl_core.runs.run import Run, numbered_path

KEY = "anchor.batch"
EMPTY = "No batch was written down yet. The worker keeps one every few steps, and each time it is paused."


def show_batch(run: Run | None, role: str) -> None:
    """Anchor, cloud, sentence and table of the batch nearest to the step that the timeline shows."""
    left, middle, right = st.columns(SHARES, gap="small")
    step = loaders.nearest_step(run.batch_steps(), st.session_state.get(state.STEP)) if run else None
    try:
        opened = _open(run, step) if run is not None and step is not None else None
    except InputError as error:
        opened = None
        st.error(escaped(shown(str(error))))
    if run is None or step is None or opened is None:
        with middle:
            cloud(
                empty_message(_why_empty(run), run=run.id if run else "", sentence=True),
                key=KEY,
                on_picked=lambda: None,
            )
        return
    batch, xy, (digest, message), pictures, names, label_names = opened
    row = min(int(st.session_state.get(state.ROW, 0)), len(batch.ids) - 1)
    pairs = _pairs(run, batch, row, role)
    focus = -1
    with left:
        labels = [label_names[c] for c in np.flatnonzero(batch.y[row])]
        show_anchor(
            names[row], labels, pictures[row] if pictures else None, f"in the batch of step {step:,}", role=role
        )
        if role == "anchor" and row >= _anchors(run, batch):
            st.caption("A key is nobody's anchor: it pulls and pushes, and nothing moves it. See it as a reference.")
        if pairs is not None:
            show_forces(pairs, _remainder(run))
        st.caption(_which(run, step))
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
                labels=batch.y,
                label_names=label_names,
                pictures=pictures,
                key=f"{state.TABLE}.{run.id}.batch.{step}.{role}.{row}",
                height=HEIGHT,
            )
            st.button(
                "Make the selected item the anchor",
                disabled=focus < 0,
                on_click=_choose,
                args=(focus,),
                key="anchor.choose",
            )
    colouring = by_label_count(batch.y) if pairs is None else by_relation(pairs)
    with middle:
        cloud(
            frame_message(
                xy,
                colouring,
                items=digest,
                run=run.id,
                step=step,
                map_name="batch",
                status=f"PCA of this batch · step {step:,}",
                alt=alt_text("PCA", step, colouring, anchor=names[row]),
                pairs=pairs,
                anchor_id=int(batch.ids[row]),
                focus=focus,
                sentence=True,
                hint=HINT,
                product=is_product(run),
                space=f"{run.id} batch {step}",
                arrows=_arrows(run, batch, xy, pairs) if st.session_state.get(state.FORCES, True) else None,
                apart=(batch.z == 0).all(1),
            ),
            key=KEY,
            on_picked=_picked,
        )
        library(message, key="cloud.library.batch")


def _why_empty(run: Run | None) -> str:
    if run is None:
        return no_run()
    return EMPTY if loaders.opens_batches(run) else no_pairs(run)


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


def _pairs(run: Run, batch: Batch, row: int, role: str) -> AnchorPairs | None:
    temperature = _temperature(run, batch)
    contrastive = loaders.loss(run, temperature)
    if contrastive is None:
        return written_pairs(batch.y, batch.w, batch.s, batch.force, row, role, temperature)
    return recorded(batch, anchor_pairs(contrastive, batch.z, batch.y, row, role), _anchors(run, batch))


def _arrows(run: Run, batch: Batch, xy: np.ndarray, pairs: AnchorPairs | None) -> Any:
    if pairs is None:
        return None
    at = _temperature(run, batch)
    contrastive = loaders.loss(run, at)
    whole = contrastive is not None and "prototypes" not in contrastive.needs
    with_cosines = whole and np.allclose(batch.s[0] * at, batch.z @ batch.z[0], atol=1e-3)
    return batch_arrows(batch, xy, pairs, _anchors(run, batch), at, with_cosines)


def _remainder(run: Run) -> str:
    """Why the forces of one anchor of a batch need not cancel; empty where they do."""
    opened = loaders.opened(run)
    if "prototypes" in opened.needs:
        return "label prototypes take part too, and the batch's file holds the pairs of items"
    return str(opened.remainder)


def _which(run: Run, step: int) -> str:
    """Which batch it is, and how to see the next one."""
    status, newest = run.status(), run.batch_steps()[-1]
    if step < newest:
        return f"A newer batch is there, of step {newest:,}: the right end of the timeline shows it."
    if status.state == "paused":
        return (
            "Paused. *+1 batch*, above, trains on one more batch and shows it here. What if: among the watched items."
        )
    return "What if: among the watched items."


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

    from mlcl_core.maps import MAPS, draw

    run = Run(Path(path))
    batch, probe = loaders.batch(run, step), run.probe()
    known = {int(item): name for item, name in zip(probe.ids, probe.names, strict=True)}
    names = [
        f"{known.get(int(item)) or f'item {item}'} · {f'view {view + 1}' if view < 2 else 'in the queue'}"
        for item, view in zip(batch.ids, batch.view, strict=True)
    ]
    pictures = None if batch.pictures is None else [_png(picture) for picture in batch.pictures]
    shipped = items_message(
        ids=np.arange(len(batch.ids)), names=names, labels=batch.y, label_names=probe.label_names, pictures=pictures
    )
    return batch, draw(MAPS["pca"], batch.z.astype(np.float32)).xy, shipped, pictures, names, list(probe.label_names)


def _png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    pixels = picture[0] if picture.shape[0] == 1 else picture.transpose(1, 2, 0)
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


def _picked() -> None:
    chosen = picked(KEY)
    if chosen is not None:
        st.session_state[state.ROW] = chosen


def _choose(row: int) -> None:
    st.session_state[state.ROW] = row
