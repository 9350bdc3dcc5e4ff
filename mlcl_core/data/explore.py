"""What a data set does to contrastive batches: its tail, what stands together, who finds no positive."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.pairs import RULES, Relation, relation_matrix

# Of the long-tail benchmarks (COCO-MLT, VOC-MLT): more than 100 training items, 20 to 100, fewer.
MANY, FEW = 100, 20
ANCHORS = 2048  # looked at for each batch size


def bands(counts: Int64[Tensor, " c"]) -> list[str]:
    """Head (more than 100 items), medium (20 to 100) or tail (fewer) for every label.

    References:
        Wu et al., "Distribution-Balanced Loss", ECCV 2020.
    """
    return ["head" if count > MANY else "medium" if count >= FEW else "tail" for count in counts.tolist()]


def co_occurrence(labels: LabelMatrix, columns: Sequence[int]) -> Float64[np.ndarray, "k k"]:
    r"""Share of the items with the row's label that carry the column's too.

    .. math:: P(m \mid l) = |\{i : l, m \in S_i\}| \,/\, |\{i : l \in S_i\}|

    Edge cases:
        A label that nobody has: 0 in its row. The diagonal is 1 for every other.
    """
    chosen = labels.csr()[:, list(columns)].astype(np.int64)
    together = np.asarray((chosen.T @ chosen).todense(), dtype=np.float64)
    return together / np.maximum(np.diag(together), 1)[:, None]


def relation_shares(
    labels: LabelMatrix, *, sample: int = 1000, seed: int = 0
) -> tuple[dict[str, float], dict[str, float], int]:
    r"""Share of each relation among the ordered pairs of different items, its standard error, and items looked at.

    All pairs of a sample of m items are counted. The error is of the sample, as of a U-statistic of two items,
    :math:`2 \, \mathrm{sd}(h_i) / \sqrt{m}` with h_i the share among item i's pairs, both ways round; 0 where the
    sample is the whole set.
    """
    rows = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))[:sample]
    y = labels[rows]
    m, shares, errors = len(y), {}, {}
    codes = relation_matrix(y, y)
    for relation in Relation:
        found = (codes == relation).double()
        found.fill_diagonal_(0)
        each = (found.sum(1) + found.sum(0)) / max(1, 2 * (m - 1))
        name = relation.name.lower()
        shares[name] = float(each.mean()) if m else 0.0
        errors[name] = 0.0 if m < 2 or m == len(labels) else 2 * float(each.std()) / m**0.5
    return shares, errors, m


def lonely_anchors(
    labels: LabelMatrix, rows: Int64[Tensor, " n"], batch_sizes: Sequence[int], *, seed: int = 0
) -> dict[str, list[float]]:
    """Share of anchors without a positive in their batch, for each rule and batch size.

    An anchor's own second view is left out. Batches are dealt as in training; of a large set as many are looked at as
    hold 2,048 anchors.

    Args:
        labels: Of all items.
        rows: The training items.
        batch_sizes: Items a batch.
        seed: Of the batches.

    Returns:
        For each rule, by its name, a share for each batch size.
    """
    alone: dict[str, list[float]] = {name: [] for name in RULES}
    for size in batch_sizes:
        batches = epoch_batches(rows, size, seed=seed, epoch=0)[: max(1, ANCHORS // size)]
        lonely, anchors = dict.fromkeys(RULES, 0), 0
        for batch in batches:
            y, own = labels[batch], torch.arange(len(batch))
            anchors += len(batch)
            for name, rule in RULES.items():
                lonely[name] += int((~rule.weights(y, y, self_index=own).positive.any(1)).sum())
        for name, found in lonely.items():
            alone[name].append(found / max(1, anchors))
    return alone


__all__ = ["bands", "co_occurrence", "lonely_anchors", "relation_shares"]
