"""The strongest pulls and pushes of every item at once, from the function that trains: ``loss.explain``."""

from dataclasses import dataclass

import numpy as np
import torch

from dashboard.figures.anchor import TILE, batch_tiles
from mlcl_core.losses import PairLoss
from mlcl_core.pairs import relation_matrix


@dataclass(frozen=True)
class StrongestPairs:
    """At most ``k`` pulls and ``k`` pushes of each anchor, the strongest force first, [n 2k] each.

    Attributes:
        other: Row of the other item; label prototypes stand behind the items; -1: there is no further pair.
        relation: Code of the anchor's relation to it.
        weight: Attract weight.
        cosine: Cosine of both embeddings.
        force: dL/ds of the anchor's loss: negative pulls, positive pushes.
    """

    other: np.ndarray
    relation: np.ndarray
    weight: np.ndarray
    cosine: np.ndarray
    force: np.ndarray

    def first(self, k: int) -> "StrongestPairs":
        """The same with at most ``k`` pulls and ``k`` pushes; of equal forces the lower row."""
        pulls, pushes = (self.force < 0) & (self.other >= 0), (self.force > 0) & (self.other >= 0)
        kept = (pulls & (np.cumsum(pulls, 1) <= k)) | (pushes & (np.cumsum(pushes, 1) <= k))
        order = np.argsort(~kept, axis=1, kind="stable")[:, : 2 * k]
        taken = {name: np.take_along_axis(values, order, 1) for name, values in vars(self).items()}
        return StrongestPairs(**{**taken, "other": np.where(np.take_along_axis(kept, order, 1), taken["other"], -1)})


def strongest_pairs(
    loss: PairLoss, z: np.ndarray, labels: np.ndarray, prototypes: np.ndarray | None = None, k: int = 10
) -> StrongestPairs:
    """The strongest pairs of every item, as anchor, among the items of one batch; chosen and ordered as the table of
    the Anchor page (``pair_table``) does for one.

    Args:
        loss: The run's loss in force.
        z: Embeddings, one item a row; computed in float64.
        labels: Boolean, items x labels.
        prototypes: One point a label, for a loss that has them.
        k: Pulls, and pushes, at most.

    Edge cases:
        Pairs without any force are in no table: an anchor without positives may have none. Of equal forces the lower
        row is the first pull, and the higher row the first push.
    """
    n = len(z)
    found: dict[str, np.ndarray] = {
        "other": np.full((n, 2 * k), -1, np.int32),
        "relation": np.zeros((n, 2 * k), np.uint8),
        **{name: np.zeros((n, 2 * k)) for name in ("weight", "cosine", "force")},
    }
    y = torch.from_numpy(np.asarray(labels, dtype=bool))
    for tile, terms in enumerate(batch_tiles(loss, z, labels, prototypes)):
        rows = np.arange(tile * TILE, tile * TILE + len(terms.force))
        force = terms.force.numpy().copy()
        force[np.arange(len(rows)), rows] = 0  # the item is no pair with itself
        chosen = _chosen(force, k)
        values = {
            "relation": relation_matrix(y[rows], terms.y_other),
            "weight": terms.attract,
            "cosine": terms.cosine,
            "force": torch.from_numpy(force),
        }
        there = chosen >= 0
        found["other"][rows] = chosen
        for name, matrix in values.items():
            found[name][rows] = np.where(there, np.take_along_axis(matrix.numpy(), np.maximum(chosen, 0), 1), 0)
    return StrongestPairs(**found)


def _chosen(force: np.ndarray, k: int) -> np.ndarray:
    """Columns of the strongest pairs of each row, [rows 2k], the strongest first; -1 where there are no more."""
    order = np.argsort(force, axis=1, kind="stable")
    both = np.concatenate([order[:, :k], order[:, ::-1][:, :k]], 1)
    pad = 2 * k - both.shape[1]
    strength = np.take_along_axis(force, both, 1)
    ends = np.arange(both.shape[1]) < min(k, force.shape[1])
    there = np.where(ends, strength < 0, strength > 0)
    both = np.where(there, both, -1)
    # by |force|, then by row; what is not there comes last
    by = np.lexsort((both, np.where(there, -np.abs(strength), np.inf)), axis=1)
    return np.pad(np.take_along_axis(both, by, 1), ((0, 0), (0, pad)), constant_values=-1)
