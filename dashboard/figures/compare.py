"""What two spaces of the same items have in common, item by item."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64

from mlcl_core.metrics import (
    MixedSets,
    Neighbours,
    chance_overlap,
    cosine_change,
    drift,
    label_sets_mixed,
    moves,
    nearest_neighbours,
    neighbour_overlap,
    purity,
    relative_drift,
)


@dataclass(frozen=True, eq=False)
class SpacesCompared:
    """Numbers of each common item of two spaces, [n]; NaN where an item has no such number.

    Attributes:
        k: Neighbours that are counted.
        chance: Mean overlap of neighbours drawn by chance.
        overlap: Share of the k nearest neighbours that are the same.
        change: Mean absolute change of the cosine to the neighbours of either space.
        purity: In both spaces, [2 n].
        drift, relative: Length of the move, and less the mean move of its neighbours; None between runs.
        mixed: The pairs of label sets that became neighbours or stopped being.
    """

    k: int
    chance: float
    overlap: Float64[np.ndarray, " n"]
    change: Float64[np.ndarray, " n"]
    purity: Float64[np.ndarray, "2 n"]
    drift: Float64[np.ndarray, " n"] | None
    relative: Float64[np.ndarray, " n"] | None
    mixed: MixedSets

    @property
    def kept(self) -> Float64[np.ndarray, " n"]:
        """Number of neighbours that are the same: overlap times k."""
        return self.overlap * self.k


def neighbours(h: Float32[np.ndarray, "n d"]) -> Neighbours:
    """The nearest neighbours of each item of a frame."""
    return nearest_neighbours(torch.from_numpy(h))


def compare_spaces(
    spaces: tuple[Float32[np.ndarray, "n d"], Float32[np.ndarray, "n e"]],
    near: tuple[Neighbours, Neighbours],
    labels: tuple[Bool[np.ndarray, "n c"], Bool[np.ndarray, "n g"]],
    *,
    one_run: bool,
) -> SpacesCompared:
    """Compare two spaces of the same items, row by row.

    Args:
        spaces: Embeddings.
        near: Their neighbours, from :func:`neighbours`.
        labels: As each run has them.
        one_run: Whether both are spaces of one run, so that moves mean something where the widths are equal.
    """
    a, b = near
    h_a, h_b = map(torch.from_numpy, spaces)
    moved = moves(h_a, h_b) if one_run and h_a.shape == h_b.shape else None
    return SpacesCompared(
        k=a.k,
        chance=chance_overlap(a.count, a.k),
        overlap=neighbour_overlap(a, b),
        change=cosine_change(h_a, h_b, a, b),
        purity=np.stack([purity(one, y) for one, y in zip(near, labels, strict=True)]),
        drift=None if moved is None else drift(moved),
        relative=None if moved is None else relative_drift(moved, a),
        mixed=label_sets_mixed(a, b, labels[0]),
    )


def mean(values: Float[np.ndarray, " n"]) -> float:
    """The mean of the values that are numbers; NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
