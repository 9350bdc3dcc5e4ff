"""The anchor's pairs as arrays, from the function that trains: ``loss.explain``."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dashboard.figures.pairs import AnchorPairs
from mlcl_core.losses import PairLoss, PairTerms
from mlcl_core.maps.faithfulness import score_sample
from mlcl_core.pairs import Relation, relation_matrix
from mlcl_core.pairs.relations import dissimilarity_of, pair_counts, relation_of, similarity_of

OF_LOSS = ("attract", "cosine", "force", "positive")  # quantities of a pair that depend on more than its labels
MAX_COMPARED = 3_000  # items, in search of one to begin with
TILE = 256  # anchors opened at once in the role "reference": a dozen matrices of 256 x 2,000 numbers of 8 bytes


def anchor_pairs(
    loss: PairLoss,
    z: np.ndarray,
    labels: np.ndarray,
    anchor: int,
    role: str = "anchor",
    prototypes: np.ndarray | None = None,
    whole: Mapping[str, np.ndarray] | None = None,
) -> AnchorPairs:
    """Open all pairs of one item among the items of one batch.

    Args:
        loss: The run's loss at the temperature in force.
        z: Embeddings, one item per row; computed in float64, so that the numbers agree with slow loops to 1e-6.
        labels: Boolean, items x labels.
        anchor: Row of the item.
        role: ``anchor``: row ``anchor`` of the loss. ``reference``: its column, the pairs of all other anchors with it.
        prototypes: One point per label, for a loss that has them; in the role ``anchor`` they stand behind the items.
        whole: From :func:`whole_batch`, if available: the role ``reference`` then only reads a column.
    """
    if role == "reference" and whole is not None:
        return _put_together(labels, anchor, role, **{name: whole[name][:, anchor] for name in OF_LOSS})
    if role == "anchor":
        points, y, more = _as_tensors(z, labels, prototypes)
        terms = loss.explain(
            points[anchor : anchor + 1], y[anchor : anchor + 1], points, y, self_index=torch.tensor([anchor]), **more
        )
        row = {name: getattr(terms, name)[0].numpy() for name in OF_LOSS}
        return _put_together(terms.y_other.numpy(), anchor, role, **row)
    column: dict[str, list[Tensor]] = {name: [] for name in OF_LOSS}
    for terms in batch_tiles(loss, z, labels, prototypes):
        for name, parts in column.items():
            parts.append(getattr(terms, name)[:, anchor].clone())  # a view would keep the whole tile
    return _put_together(labels, anchor, role, **{name: torch.cat(parts).numpy() for name, parts in column.items()})


def whole_batch(
    loss: PairLoss, z: np.ndarray, labels: np.ndarray, prototypes: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """``attract``, ``cosine``, ``force``, ``positive`` of every item, as anchor, with every item: n x n each.

    Computed once per frame; the role ``reference`` of any item is a column of it. Kept in float32.
    """
    n = len(z)
    kinds = {name: np.dtype(bool if name == "positive" else np.float32) for name in OF_LOSS}
    found: dict[str, np.ndarray] = {name: np.empty((n, n), kind) for name, kind in kinds.items()}
    first = 0
    for terms in batch_tiles(loss, z, labels, prototypes):
        for name, into in found.items():
            into[first : first + TILE] = getattr(terms, name)[:, :n].numpy()
        first += TILE
    return found


def batch_tiles(
    loss: PairLoss, z: np.ndarray, labels: np.ndarray, prototypes: np.ndarray | None = None
) -> Iterator[PairTerms]:
    """All pairs of the items of one batch, of ``TILE`` anchors at a time; arguments as for :func:`anchor_pairs`."""
    points, y, more = _as_tensors(z, labels, prototypes)
    for first in range(0, len(points), TILE):
        rows = torch.arange(first, min(first + TILE, len(points)))
        yield loss.explain(points[rows], y[rows], points, y, self_index=rows, **more)


def _as_tensors(
    z: np.ndarray, labels: np.ndarray, prototypes: np.ndarray | None
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    more = {} if prototypes is None else {"prototypes": torch.from_numpy(np.asarray(prototypes, dtype=np.float64))}
    return torch.from_numpy(np.asarray(z, dtype=np.float64)), torch.from_numpy(np.asarray(labels, dtype=bool)), more


def written_pairs(
    labels: np.ndarray, w: np.ndarray, s: np.ndarray, force: np.ndarray, row: int, role: str, temperature: float
) -> AnchorPairs | None:
    """The pairs of one item of a batch as the worker wrote them, for a loss that cannot be recomputed from a frame.

    Args:
        labels: Boolean, items x labels.
        w: Weights; of a large batch those of its first anchors.
        s: Scaled cosines (cosine over temperature), likewise.
        force: Forces, likewise.
        row: The item.
        role: As in :func:`anchor_pairs`.
        temperature: In force when the batch was trained on.

    Returns:
        Its pairs; None where they were not written.
    """
    if (role == "anchor" and row >= len(w)) or (role == "reference" and len(w) < len(labels)):
        return None
    ahead = role == "anchor"
    attract, cosine, pull = (x[row] if ahead else x[:, row] for x in (w, s * temperature, force))
    return _put_together(labels, row, role, attract=attract, cosine=cosine, force=pull, positive=attract > 0)


def _put_together(
    labels: np.ndarray,
    row: int,
    role: str,
    *,
    attract: np.ndarray,
    cosine: np.ndarray,
    force: np.ndarray,
    positive: np.ndarray,
) -> AnchorPairs:
    """The quantities of the loss with those of the labels; ``labels`` of the items and of prototypes behind them."""
    y = torch.from_numpy(np.asarray(labels, dtype=bool))
    one, ahead = y[row : row + 1], role == "anchor"
    s_of, t_of = (one, y) if ahead else (y, one)
    counts = pair_counts(s_of, t_of)
    lines = {
        "relation": relation_of(counts),
        "shared": counts.shared.long(),
        "extra": counts.extra.long(),
        "similarity_factor": similarity_of(counts, torch.float64),
        "dissimilarity_factor": dissimilarity_of(counts, torch.float64),
    }
    found = {name: values.reshape(-1).numpy().copy() for name, values in lines.items()}
    found |= {"weight": np.array(attract), "force": np.array(force), "positive": np.array(positive)}
    for name in ("relation", "shared", "extra", "weight", "force", "positive"):
        found[name][row] = 0  # the item is no pair with itself
    return AnchorPairs(anchor=row, role=role, cosine=np.array(cosine), **found)


def items_alone(pairs: AnchorPairs, items: int) -> AnchorPairs:
    """The pairs with items only, without the prototypes behind them."""
    if len(pairs.force) == items:
        return pairs
    values: dict[str, Any] = {f.name: getattr(pairs, f.name) for f in fields(pairs)}
    cut: dict[str, Any] = {name: x[:items] for name, x in values.items() if isinstance(x, np.ndarray)}
    return replace(pairs, **cut)


def force_by_relation(pairs: AnchorPairs) -> dict[int, tuple[float, float]]:
    """Sum of the pulls (negative) and of the pushes (positive) over the pairs of each relation code, 1 to 5."""
    found = {}
    for code in range(1, 6):
        force = pairs.force[pairs.relation == code].astype(np.float64)
        found[code] = (float(force[force < 0].sum()), float(force[force > 0].sum()))
    return found


def most_informative_anchor(labels: np.ndarray) -> int:
    """Row of an item to begin with: the first of :func:`most_informative_anchors`; -1 without items.

    Of more than 3,000 items a fixed sample is compared, because all pairs of 100,000 fit in no memory.
    """
    sample = score_sample(len(labels), MAX_COMPARED)
    return int(sample[most_informative_anchors(labels[sample])[0]]) if len(labels) else -1


def most_informative_anchors(labels: np.ndarray) -> np.ndarray:
    """Rows of all items, ordered by the variety of their relations to the others, the most varied first.

    Edge cases:
        No two items share a label: in their order.
    """
    y = torch.from_numpy(np.asarray(labels, dtype=bool))
    relation = relation_matrix(y, y)
    relation.fill_diagonal_(Relation.DISJOINT)
    kinds = (Relation.EQUAL, Relation.SUPERSET, Relation.SUBSET, Relation.OVERLAP)
    counts = np.stack([(relation == kind).sum(1).numpy() for kind in kinds])
    # the rarest kind decides; the square root keeps one frequent kind from dominating
    return np.argsort(-(np.minimum((counts > 0).sum(0), 4) * 1000 + np.sqrt(counts[:3]).sum(0)), kind="stable")
