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
NO_GRADIENT = "no whole gradient: nothing drives this item"
NOT_WRITTEN = "whole gradient: not drawn, its pairs were not all written"


def watched_arrows(run: Run, step: int, xy: np.ndarray, pairs: AnchorPairs, edits: Edits) -> Any:
    """What a frame's message carries of the anchor's forces, among the watched items."""
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
    """The same in a batch, from the forces as they were written.

    Args:
        batch: As written. xy: Its map.
        pairs: Of the anchor.
        anchors: How many of its items are anchors.
        temperature: In force when it was trained on.
        whole: Whether the pairs of items are all that the loss looks at, by their cosines.
    """
    row = pairs.anchor
    written = whole and len(batch.w) == anchors and row < anchors
    gradient = written_gradient(batch.z, batch.force, row, temperature) if written else None
    return _with_way(pairs, batch.z, axes_of(batch.z, xy), gradient, NOT_WRITTEN)


def driven_arrows(pairs: AnchorPairs, z: np.ndarray, xy: np.ndarray, gradient: np.ndarray) -> Any:
    """The same from the anchor's gradient, where it was worked out anew."""
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
