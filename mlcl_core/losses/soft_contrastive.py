"""SoftCon: each item next to its own other view, and every cosine as high as the labels in common say."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.anchors_and_references import References, sides
from mlcl_core.losses.core.kernel import log_sum
from mlcl_core.losses.core.local_anchors import LocalAnchors, reduce
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.losses.core.shared_options import NO_LABELS
from mlcl_core.pairs import Option, PairWeights
from mlcl_core.pairs.label_pairs import self_pairs
from mlcl_core.pairs.relations import pair_counts
from mlcl_core.pairs.slow import slow


@dataclass(frozen=True)
class SoftContrastive(RowLoss):
    r"""Tell each item's own other view from everything else, and fit each cosine to a soft target made of labels.

    .. math:: L_i = -\log \frac{e^{s_{i i'}}}{\sum_k e^{s_{ik}}} - \lambda \, \frac{1}{m} \sum_j
        [t_{ij} \log \sigma(\cos_{ij}) + (1 - t_{ij}) \log (1 - \sigma(\cos_{ij}))], \qquad
        t_{ij} = \frac{|S \cap T| - \min}{\max - \min}

    i' is the other view of i; minimum and maximum of the common labels are over all pairs of the items compared with.

    Args:
        temperature: tau > 0 of the first term; the second takes the cosine itself.
        reduction: ``mean`` over anchors, ``sum``, or ``none``.
        no_positive: Anchors that the loss says nothing about are left out of the mean (``drop``) or count as 0.
        weight: lambda.
        views: What a batch without references holds: ``single`` items, of which none has another view, so that the
            first term is absent; or two views ``stacked``, all first ones before all second ones, which is seen from
            their labels: where the halves' labels differ, items are single.
        no_labels: An anchor without labels contributes nothing (``drop``) or like any other (``keep``, published). As
            somebody else's item its target is 0.

    Edge cases:
        All pairs share equally many labels: every target is 0, as in the published code. Nobody to compare with: 0.

    Relations:
        With ``weight`` 0 it is InfoNCE, and labels don't matter. What is shown of a pair is the second term:
        ``attract`` is the target; the other view of an item is no item.

    References:
        SoftCon, arXiv 2405.20462, in the form of ws-MulSupCon (MICCAI 2025): keys of a momentum encoder, weight 0.1.
    """

    force_imbalance_reason: ClassVar[str] = "each pair is fitted to its own target, without a softmax that shares out"
    weight: float = 0.1
    views: str = "single"
    no_labels: str = "drop"

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return SOFT_CONTRASTIVE

    def pair_weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> PairWeights:
        """The target of each pair; positive where it is above 0."""
        shared = pair_counts(y_anchor, y_other).shared.to(dtype)
        target, compete = torch.zeros_like(shared), torch.ones_like(shared)
        if y_other.shape[0] > 0:
            among = pair_counts(y_other, y_other).shared
            low, high = float(among.min()), float(among.max())
            if high > low:
                target = ((shared - low) / (high - low)).clamp(0, 1)
        if self_index is not None:
            own = self_pairs(self_index)
            target[own] = 0
            compete[own] = 0
        return PairWeights(target, compete, target > 0)

    def row_values(
        self,
        s: Float[Tensor, "n m"],
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        weights: PairWeights,
        view: Int64[Tensor, " n"] | None = None,
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Both terms of each anchor; the first one only where the column of its other ``view`` is given."""
        number = weights.compete.sum(1)
        cosine = s * self.temperature
        soft = (F.softplus(cosine) - weights.attract * cosine) * weights.compete
        values = self.weight * soft.sum(1) / number.clamp_min(1)
        if view is not None:
            values = values + log_sum(s, weights.compete) - s.gather(1, view[:, None])[:, 0]
        counted = number > 0
        if self.no_labels == "drop":
            counted = counted & y_anchor.any(1)
        return torch.where(counted, values, 0), counted

    def __call__(
        self,
        z: Float[Tensor, "n d"],
        y: Bool[Tensor, "n c"],
        *,
        references: References | None = None,
        candidates: str = "batch",
        prototypes: Tensor | None = None,
        local_anchors: LocalAnchors | None = None,
        **_: Any,
    ) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """Loss of a batch; ``z`` need not be normalised.

        Args:
            z: Embeddings of the anchors.
            y: Their labels.
            references: (z, y) of other views, the n-th first of the n-th anchor; a queue may follow.
            candidates: Against whom: ``batch``, ``references``, or ``both``.
            prototypes: Not taken by this loss.
            local_anchors: Only some of the items are anchors here.

        Raises:
            InputError: Shapes that do not fit, references missing, unused or not the anchors' own, prototypes.
        """
        if prototypes is not None:
            raise InputError("soft_contrastive compares items only: no prototypes")
        against = sides(z, y, references, candidates)
        view = self._other_view(y, references, candidates)
        against = against.only(local_anchors, len(y))
        if view is not None and local_anchors is not None:
            view = view[local_anchors.rows]
        with torch.autocast(device_type=against.z.device.type, enabled=False):
            slow(self.whole)
            s = self.similarity(against.z, against.other_z)
            weights = self.pair_weights(against.y, against.other_y, self_index=against.self_index, dtype=s.dtype)
            values, counted = self.row_values(s, against.y, against.other_y, weights, view)
        return reduce(values, counted, self, local_anchors)

    def _other_view(
        self, y: Bool[Tensor, "n c"], references: References | None, candidates: str
    ) -> Int64[Tensor, " n"] | None:
        """Column of each anchor's other view, None where nobody has one."""
        n, own = len(y), torch.arange(len(y), device=y.device)
        if references is None:
            stacked = self.views == "stacked" and n > 0 and n % 2 == 0 and torch.equal(y[: n // 2], y[n // 2 :])
            return (own + n // 2) % n if stacked else None
        if len(references[1]) < n or not torch.equal(references[1][:n], y):
            raise InputError(
                f"soft_contrastive: references must begin with the other views of the {n} items, in their order and "
                f"with their labels; given: {len(references[1])} others"
            )
        return own if candidates == "references" else own + n


SOFT_CONTRASTIVE = LossRecord(
    name="soft_contrastive",
    title="Soft contrastive loss (SoftCon)",
    formula=r"L_i = -\log \frac{e^{s_{ii'}}}{\sum_k e^{s_{ik}}} + \lambda \, \frac{1}{m} \sum_j "
    r"\mathrm{BCE}(\sigma(\cos_{ij}), t_{ij})",
    summary="Each item looks for its own other view; on top, cosines are fitted to the number of labels that two items "
    "have in common, scaled to 0 to 1.",
    source="SoftCon, arXiv 2405.20462, as in ws-MulSupCon (MICCAI 2025)",
    needs=frozenset({"embeddings"}),
    build=SoftContrastive,
    options={
        "temperature": Option(0.1, "Divides the cosine in the first term.", minimum=1e-3, maximum=100),
        "reduction": Option("mean", "How anchors are joined.", choices=("mean", "sum", "none")),
        "no_positive": Option(
            "drop",
            "Anchors that it says nothing about: left out of the mean, or counted as 0.",
            choices=("drop", "zero"),
        ),
        "weight": Option(0.1, "Factor of the second term.", minimum=0, maximum=100),
        "views": Option(
            "single",
            "A batch without references: single items, which have no other view, or two views stacked.",
            choices=("single", "stacked"),
        ),
        "no_labels": NO_LABELS,
    },
    when_to_use="When labels are few or doubtful, so that views should do the work and labels steer.",
    edge_cases="An anchor without labels contributes nothing, unless no_labels is keep; where all pairs share equally "
    "many labels every target is 0.",
)
