"""MulCon: the embedding of a label that an item has attracts the same label's embeddings in other items."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import Temperature
from mlcl_core.losses.core.label_embeddings import checked_label_z
from mlcl_core.losses.core.loss import BatchLoss, LossInputs
from mlcl_core.losses.core.pair_terms import PairTerms, pair_terms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import SharedOptions
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.options import Param
from mlcl_core.pairs import RULES, PairWeights

# Pairs of points explained at once: a dozen arrays of this size.
MAX_PAIRS = 2**21
SUMMED = ("attract", "compete", "positive", "cosine", "scaled_cosine", "probability", "force")


@dataclass(frozen=True)
class LabelLevel(SharedOptions, BatchLoss):
    r"""Pull the embedding of a label in one item to those of the same label in other items.

    .. math:: L_{il} = -\frac{1}{|P_{il}|} \sum_{j : l \in T}
        \log \frac{e^{s_{il,jl}}}{\sum_{(k,m) \ne (i,l)} e^{s_{il,km}}}

    The points are the pairs (i, l) of an item and a label l in S that it has; other labels of the same item compete
    too.

    Args:
        temperature: tau > 0.
        similarity: ``cosine``, or the ``dot`` product.
        reduction: ``mean`` over points, ``sum``, or ``none``: one value per point, items first.
        no_positive: A point whose label no other item has: left out of the mean (``drop``) or counted as 0 (``zero``,
            the published code); ``drop_columns`` takes it out of the other points' normalisers too.
        base_temperature: The loss is multiplied by temperature over it; 0: not.
        negatives: How many pairs (i, l) of a label that the item lacks join as mere candidates: those with the highest
            logits where logits are given, else the first.

    Edge cases:
        An item without labels has no points; a label that a single item has contributes nothing.

    Notes:
        No points, or no label twice: 0 with gradient 0.

    Relations:
        ``weighted_supcon`` with the rule ``any_shared`` on the points, each with its one label. It sees pairs of
        label embeddings, not of items; in the batch just trained on they are summed to pairs of items.

    References:
        Dao et al., "Multi-Label Image Classification with Contrastive Learning" (MulCon), 2021.
    """

    name: ClassVar[str] = "label_level"
    needs: ClassVar[frozenset[str]] = frozenset({"label_z"})
    force_imbalance_reason: ClassVar[str] = "the points of an item compete with one another too"
    temperature: Temperature = 0.2
    negatives: Annotated[
        int, Param("How many embeddings of absent labels join as mere candidates.", ge=0, le=10_000)
    ] = 0

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " p"]:
        """The loss of a batch, from its label embeddings.

        Raises:
            InputError: Label embeddings missing or of another shape; references or prototypes; logits that don't fit.
        """
        label_z, y, local_anchors = checked_label_z(self.name, inputs), inputs.y, inputs.local_anchors
        points = self._points(label_z, y, inputs.logits)
        if local_anchors is not None:
            mine = torch.zeros(len(y), dtype=torch.bool, device=y.device)
            mine.index_fill_(0, local_anchors.rows, True)
            local_anchors = replace(local_anchors, rows=mine[points.item[: points.own]].nonzero()[:, 0])
        z, labels, rest = points.z[: points.own], points.labels[: points.own], slice(points.own, None)
        of_points = LossInputs(z, labels, local_anchors=local_anchors)
        if len(points.z) > points.own:
            of_points = replace(of_points, references=(points.z[rest], points.labels[rest]), candidates="both")
        return self._on_points.value(of_points)

    def explain_items(self, inputs: LossInputs, anchors: int) -> PairTerms:
        """The terms of pairs of items, from the pairs of their points: weights, forces and values are sums, cosine and
        scaled cosine are means (0 where an item has no point), shares are of all the anchor's points.

        An anchor's points compete with one another, so the force of an item on itself is not 0.
        """
        y, label_z = inputs.y, checked_label_z(self.name, inputs)
        points, n = self._points(label_z, y, inputs.logits), len(y)
        mine = int((points.item[: points.own] < anchors).sum())
        sums = {name: label_z.new_zeros(anchors, n) for name in SUMMED}
        each = {name: label_z.new_zeros(anchors) for name in ("value", "coefficient", "has_positive")}
        for rows in torch.arange(mine, device=y.device).split(max(1, MAX_PAIRS // max(1, len(points.z)))):
            terms = self._on_points.explain(
                points.z[rows], points.labels[rows], points.z, points.labels, self_index=rows
            )
            item = points.item[rows]
            for name, into in sums.items():
                pairs = getattr(terms, name).to(into.dtype)
                into.index_add_(0, item, pairs.new_zeros(len(rows), n).index_add_(1, points.item, pairs))
            for name, into in each.items():
                into.index_add_(0, item, getattr(terms, name).to(into.dtype))
        count = torch.bincount(points.item, minlength=n).to(label_z.dtype)
        own = y[:anchors].sum(1).to(label_z.dtype)
        pairs = (own[:, None] * count).clamp_min(1)
        weights = PairWeights(sums["attract"], sums["compete"], sums["positive"] > 0)
        return pair_terms(
            y[:anchors],
            y,
            weights,
            cosine=sums["cosine"] / pairs,
            scaled_cosine=sums["scaled_cosine"] / pairs,
            probability=sums["probability"] / own.clamp_min(1)[:, None],
            force=sums["force"],
            value=each["value"],
            coefficient=each["coefficient"],
            has_positive=each["has_positive"] > 0,
        )

    @cached_property
    def _on_points(self) -> WeightedSupCon:
        return WeightedSupCon(
            rule=RULES["any_shared"],
            temperature=self.temperature,
            similarity=self.similarity,
            reduction=self.reduction,
            no_positive=self.no_positive,
            base_temperature=self.base_temperature,
            path="tiles",
        )

    def _points(self, label_z: Float[Tensor, "n c d"], y: Bool[Tensor, "n c"], logits: Tensor | None) -> "_Points":
        item, label = y.nonzero(as_tuple=True)
        labels = F.one_hot(label, max(y.shape[1], 1)).bool()
        absent = self._absent(y, logits)
        unlabelled = labels.new_zeros(len(absent), labels.shape[1])
        z = torch.cat([label_z[item, label], label_z.flatten(0, 1)[absent]])
        items = torch.cat([item, absent // max(y.shape[1], 1)])
        return _Points(z, torch.cat([labels, unlabelled]), items, len(item))

    def _absent(self, y: Bool[Tensor, "n c"], logits: Tensor | None) -> Int64[Tensor, " k"]:
        if self.negatives == 0:
            return torch.zeros(0, dtype=torch.int64, device=y.device)
        zeros = (~y).flatten().nonzero()[:, 0]
        if logits is None:
            return zeros[: self.negatives]
        if logits.shape != y.shape:
            raise InputError(f"label_level: logits {tuple(logits.shape)} must have the labels' shape {tuple(y.shape)}")
        hardest = logits.detach().flatten()[zeros].topk(min(self.negatives, len(zeros))).indices
        return zeros[hardest]


@dataclass(frozen=True)
class _Points:
    """Label embeddings, their one label (mere candidates: none) and item; the first ``own`` are anchors."""

    z: Float[Tensor, "p d"]
    labels: Bool[Tensor, "p c"]
    item: Int64[Tensor, " p"]
    own: int


LABEL_LEVEL = LossRecord(
    name=LabelLevel.name,
    title="Label-level contrastive loss (MulCon)",
    summary="Each item has one embedding per label; the embedding of a label that it has is pulled to the same label's "
    "in other items. It compares label embeddings; in the batch just trained on they sum up to pairs of items.",
    source="MulCon: Dao et al. 2021",
    build=LabelLevel,
    when_to_use="When the model looks at each label by itself (label attention), so that two labels of an item need "
    "not share one place; beside a classification loss (loss.logit=bce), as published.",
)
