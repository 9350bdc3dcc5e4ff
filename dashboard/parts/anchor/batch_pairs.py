"""The anchor's pairs in the batch just trained on, with the weights and forces that the worker wrote."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard import loaders
from dashboard.figures.anchor import anchor_pairs, written_pairs
from dashboard.figures.arrows import gradients
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.what_if import Edits, edited
from dashboard.parts.cloud.arrows import batch_arrows, driven_arrows
from mlcl_core.engine.config import LossConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.records import Batch
from mlcl_core.runs.run import Run

TOLERANCE = 1e-2  # of the largest force: up to here a recomputed force counts as the written one


def anchor_count(run: Run, batch: Batch) -> int:
    """The number of anchors in a batch: all items, or the first views where a momentum encoder makes keys."""
    return int((batch.view == 0).sum()) if run.config().loss.momentum else len(batch.ids)


def batch_pairs(run: Run, batch: Batch, row: int, role: str, edits: Edits) -> AnchorPairs | None:
    """All pairs of one item of a batch: as written; with ``edits`` recomputed. None where they were not written."""
    settings = trained_with(run, batch)
    contrastive = loaders.loss_of(run, settings)
    if contrastive is None:
        return written_pairs(batch.y, batch.w, batch.s, batch.force, row, role, settings.temperature)
    found = anchor_pairs(contrastive, batch.z, edited(batch.y, edits), row, role)
    return found if edits else as_written(batch, found, anchor_count(run, batch))


def as_written(batch: Batch, pairs: AnchorPairs, anchors: int) -> AnchorPairs:
    """The pairs with weight and force as the worker wrote them (for a large batch: of its first anchors only).

    Args:
        batch: As written.
        pairs: Of one item with all items of the batch.
        anchors: The number of anchors; the keys and the queue behind them are references only.
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
    # an item that was no candidate is no positive either, whatever its labels
    return replace(pairs, weight=weight, force=force, positive=pairs.positive & (weight > 0))


def can_recompute(run: Run, batch: Batch, row: int) -> bool:
    """Whether recomputed pairs agree with the written ones, so that other labels can be tried."""
    contrastive = loaders.loss_of(run, trained_with(run, batch))
    if contrastive is None or row >= len(batch.w) or len(batch.w[0]) != len(batch.ids):
        return False
    if run.config().loss.momentum or "prototypes" in contrastive.needs:
        return False
    here = anchor_pairs(contrastive, batch.z, batch.y, row).force
    return bool(
        np.abs(here - batch.force[row]).max(initial=0) <= TOLERANCE * np.abs(batch.force[row]).max(initial=1e-9)
    )


def arrows(run: Run, batch: Batch, xy: np.ndarray, pairs: AnchorPairs | None, edits: Edits) -> Any:
    """The arrows of the anchor's forces on the map of a batch; None without pairs."""
    if pairs is None:
        return None
    settings = trained_with(run, batch)
    at, contrastive = settings.temperature, loaders.loss_of(run, settings)
    if edits and contrastive is not None:
        gradient = gradients(contrastive, batch.z, edited(batch.y, edits))[pairs.anchor]
        return driven_arrows(pairs, batch.z, xy, gradient)
    whole = contrastive is not None and "prototypes" not in contrastive.needs
    with_cosines = whole and np.allclose(batch.s[0] * at, batch.z @ batch.z[0], atol=1e-3)
    return batch_arrows(batch, xy, pairs, anchor_count(run, batch), at, with_cosines)


def imbalance_reason(run: Run, batch: Batch) -> str:
    """Why the forces of one anchor of a batch need not cancel; empty where they do."""
    loss = loaders.batch_loss(run, trained_with(run, batch))
    if "prototypes" in loss.needs:
        return "label prototypes take part too, and the batch's file holds the pairs of items"
    return str(loss.force_imbalance_reason)


def trained_with(run: Run, batch: Batch) -> LossConfig:
    """The settings of the loss that a batch was trained with, which its file holds."""
    config = run.config()
    with suppress(InputError):
        config = config.with_settings(batch.settings)
    return config.loss
