"""Properties of a data set that matter to contrastive batches: long tail, co-occurrence, anchors without a positive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.samplers import SAMPLERS, Positive
from mlcl_core.pairs import RULES, Relation, relation_matrix

# Of the long-tail benchmarks (COCO-MLT, VOC-MLT), at least: as the bands of mlcl_core.metrics.
HEAD, MEDIUM = 100, 20
ANCHORS = 2048  # at most, for each batch size


def bands(counts: Int64[Tensor, " c"]) -> list[str]:
    """Head (at least 100 items), medium (20 to 99) or tail (fewer) for every label.

    References:
        Wu et al., "Distribution-Balanced Loss", ECCV 2020.
    """
    return ["head" if count >= HEAD else "medium" if count >= MEDIUM else "tail" for count in counts.tolist()]


def co_occurrence(labels: LabelMatrix, columns: Sequence[int]) -> Float64[np.ndarray, "k k"]:
    r"""Share of the items with the row's label that carry the column's too.

    .. math:: P(m \mid l) = |\{i : l, m \in S_i\}| \,/\, |\{i : l \in S_i\}|

    Edge cases:
        A label that no item has: 0 in its row. The diagonal is 1 for every other label.
    """
    chosen = labels.csr()[:, list(columns)].astype(np.int64)
    together = np.asarray((chosen.T @ chosen).todense(), dtype=np.float64)
    return together / np.maximum(np.diag(together), 1)[:, None]


def relation_shares(
    labels: LabelMatrix, *, sample: int = 1000, seed: int = 0
) -> tuple[dict[str, float], dict[str, float], int]:
    r"""Share of each relation among the ordered pairs of different items, its standard error, and the sample size m.

    All pairs of a sample of m items are counted. The standard error is that of a U-statistic of two items,
    :math:`2 \, \mathrm{sd}(h_i) / \sqrt{m}`, with h_i the share among the pairs of item i in both orders; 0 where the
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


def anchors_without_positive(
    labels: LabelMatrix, rows: Int64[Tensor, " n"], batch_sizes: Sequence[int], *, seed: int = 0
) -> dict[str, list[float]]:
    """Share of anchors without a positive in their batch, for each rule and batch size.

    An anchor's own second view is not counted. Batches are dealt as in training; of a large set, the first batches with
    2,048 anchors in all are used.

    Args:
        labels: Of all items.
        rows: The training items.
        batch_sizes: Items a batch.
        seed: Of the batches.

    Returns:
        For each rule, by its name, a share for each batch size.
    """
    shares: dict[str, list[float]] = {name: [] for name in RULES}
    for size in batch_sizes:
        batches = epoch_batches(rows, size, seed=seed, epoch=0)[: max(1, ANCHORS // size)]
        without, anchors = dict.fromkeys(RULES, 0), 0
        for batch in batches:
            y, own = labels[batch], torch.arange(len(batch))
            anchors += len(batch)
            for name, rule in RULES.items():
                without[name] += int((~rule.weights(y, y, self_index=own).positive.any(1)).sum())
        for name, found in without.items():
            shares[name].append(found / max(1, anchors))
    return shares


def share_with_positives(
    batches: Iterable[Int64[Tensor, " b"]], labels: LabelMatrix, positive: Positive, at_least: int = 1
) -> float:
    """Share of anchors, over all batches, with at least ``at_least`` positives among the other items of their batch.

    Args:
        batches: What a sampler gives.
        labels: The labels of all items.
        positive: Which references are positives of which anchors, from their labels.
        at_least: At least 1.

    Edge cases:
        No anchors: 1.
    """
    anchors, enough = 0, 0
    for batch in batches:
        anchors += len(batch)
        found = positive(labels[batch], labels[batch]).clone().fill_diagonal_(False)
        enough += int((found.sum(1) >= at_least).sum())
    return enough / anchors if anchors else 1.0


@dataclass(frozen=True)
class SamplerEffect:
    """The effect of a sampler on batches.

    Args:
        enough: Share of anchors with enough positives in their batch.
        relations: Share of each relation among the ordered pairs of different items of a batch.
        rare: Share of the dealt items that carry one of the rarer half of the labels.
        different: Different items as a share of the dealt items.
        batches: Number of batches.
    """

    enough: float
    relations: dict[str, float]
    rare: float
    different: float
    batches: int


def sampler_effect(
    labels: LabelMatrix, rows: Int64[Tensor, " n"], batch_size: int, rule: str, *, at_least: int = 1, seed: int = 0
) -> dict[str, SamplerEffect]:
    """The effect of each sampler on the batches of an epoch; of a large set, on the first 2,048 items or so.

    Args:
        labels: Of all items.
        rows: The training items.
        batch_size: Items a batch.
        rule: The name of the rule that decides which pairs are positive, with its default parameters.
        at_least: Positives that each anchor is to have; also the parameter of the sampler ``positives``.
        seed: Of the batches.

    Returns:
        For each sampler, by its name.

    Edge cases:
        No items: ``enough`` is 1, all other shares are 0.
    """

    def positive(anchors: Tensor, others: Tensor) -> Tensor:
        return RULES[rule].weights(anchors, others).positive

    counts = labels.select(rows).counts()
    carried = counts.argsort(stable=True)[int((counts == 0).sum()) :]
    rare, effects = carried[: len(carried) // 2], {}
    for name, sampler in SAMPLERS.items():
        params = {"at_least": at_least} if "at_least" in sampler.params else {}
        dealt = sampler.make(rows, batch_size, seed=seed, epoch=0, labels=labels, positive=positive, **params)
        batches = list(islice(dealt, max(1, ANCHORS // batch_size)))
        found, pairs = dict.fromkeys(Relation, 0), 0
        for batch in batches:
            codes = relation_matrix(labels[batch], labels[batch])
            others = ~torch.eye(len(batch), dtype=torch.bool)
            pairs += int(others.sum())
            for relation in Relation:
                found[relation] += int(((codes == relation) & others).sum())
        dealt = torch.cat([rows[:0], *batches])
        effects[name] = SamplerEffect(
            enough=share_with_positives(batches, labels, positive, at_least),
            relations={relation.name.lower(): count / max(1, pairs) for relation, count in found.items()},
            rare=int(labels[dealt][:, rare].any(1).sum()) / max(1, len(dealt)),
            different=len(dealt.unique()) / max(1, len(dealt)),
            batches=len(batches),
        )
    return effects


__all__ = [
    "SamplerEffect",
    "anchors_without_positive",
    "bands",
    "co_occurrence",
    "relation_shares",
    "sampler_effect",
    "share_with_positives",
]
