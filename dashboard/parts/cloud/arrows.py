"""The arrows around the anchor, for a map of the watched items and for the batch just trained on."""

from dataclasses import replace
from typing import Any

import numpy as np

from dashboard import loaders
from dashboard.figures.arrows import axes_of, driven, strongest, written_gradient
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.what_if import Edits
from mlcl_core.runs.records import Batch
from mlcl_core.runs.run import Run

NOT_LINEAR = "no arrow for the whole gradient: this map is not linear"
TOO_MANY = f"whole gradient: drawn for up to {loaders.MAX_ITEMS_AT_ONCE:,} watched items"
NO_GRADIENT = "no whole gradient: nothing moves this item"
NOT_WRITTEN = "whole gradient: not drawn, because not all of its pairs were written"


def watched_arrows(run: Run, step: int, xy: np.ndarray, pairs: AnchorPairs, edits: Edits) -> Any:
    """The arrows of the anchor's forces among the watched items, for a frame's message."""
    z = loaders.frame(run, step).z
    axes = axes_of(z, xy)
    if axes is None:
        return replace(strongest(pairs), note=NOT_LINEAR).message()
    gradients = loaders.gradients(run, step, edits)
    gradient = None if gradients is None else gradients[pairs.anchor]
    return _with_way(pairs, z, axes, gradient, TOO_MANY)


def batch_arrows(
    batch: Batch, xy: np.ndarray, pairs: AnchorPairs, anchors: int, temperature: float, whole: bool
) -> Any:
    """The arrows of the anchor's forces in a batch, from the forces as they were written.

    Args:
        batch: As written.
        xy: Its map.
        pairs: Of the anchor.
        anchors: The number of anchors in the batch.
        temperature: In force when the batch was trained on.
        whole: Whether the loss depends on the cosines of pairs of items alone.
    """
    row = pairs.anchor
    written = whole and len(batch.w) == anchors and row < anchors
    gradient = written_gradient(batch.z, batch.force, row, temperature) if written else None
    return _with_way(pairs, batch.z, axes_of(batch.z, xy), gradient, NOT_WRITTEN)


def driven_arrows(pairs: AnchorPairs, z: np.ndarray, xy: np.ndarray, gradient: np.ndarray) -> Any:
    """The arrows from a recomputed gradient of the anchor."""
    return _with_way(pairs, z, axes_of(z, xy), gradient, NOT_LINEAR)


def _with_way(
    pairs: AnchorPairs, z: np.ndarray, axes: np.ndarray | None, gradient: np.ndarray | None, missing: str
) -> Any:
    lines = strongest(pairs)
    if gradient is None or axes is None:
        return replace(lines, note=missing).message()
    way = driven(z, axes, pairs.anchor, gradient)
    if way is None:
        return replace(lines, note=NO_GRADIENT).message()
    return replace(lines, way=way[0], share=way[1]).message()
