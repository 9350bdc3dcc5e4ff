"""SoftCon: each item next to its own other view, and every cosine fitted to the number of common labels."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import TEMPERATURE
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.kernel import log_sum
from mlcl_core.losses.core.loss import LossInputs
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.losses.core.shared_options import NoLabels
from mlcl_core.options import Param
from mlcl_core.pairs import PairWeights
from mlcl_core.pairs.relations import pair_counts


@dataclass(frozen=True)
class SoftContrastive(RowLoss):
    r"""Find each item's own other view among all references, and fit each cosine to a soft target from labels.

    .. math:: L_i = -\log \frac{e^{s_{ii'}}}{\sum_k e^{s_{ik}}} + \lambda \, \frac{1}{m} \sum_j
        \mathrm{BCE}(\sigma(\cos_{ij}), t_{ij})

    .. math:: t_{ij} = \frac{|S \cap T| - \min}{\max - \min}

    i' is the other view of i; minimum and maximum of the common labels are over all pairs of references.

    Args:
        temperature: tau > 0 of the first term; the second takes the cosine itself.
        reduction: ``mean`` over anchors, ``sum``, or ``none``.
        no_positive: Anchors that do not count are left out of the mean (``drop``) or counted as 0 (``zero``).
        weight: lambda.
        views: What a batch without references holds: ``single`` items, without another view, so that the first term is
            absent; or two views ``stacked``, all first ones before all second ones. The labels of both halves are then
            equal; where they differ, items are single.
        no_labels: An anchor without labels contributes nothing (``drop``) or as any other does (``keep``, published).
            As a reference its target is 0.

    Edge cases:
        An anchor without labels contributes nothing, unless no_labels is keep; where all pairs share equally many
        labels every target is 0.

    Notes:
        So it is in the published code. No other item to compare with: 0.

    Relations:
        With ``weight`` 0 it is InfoNCE, and labels don't matter. Shown of a pair is the second term: ``attract`` is the
        target; the other view of an item is no item.

    References:
        SoftCon, arXiv 2405.20462, in the form of ws-MulSupCon (MICCAI 2025): keys of a momentum encoder, weight 0.1.
    """

    name: ClassVar[str] = "soft_contrastive"
    takes_references: ClassVar[bool] = True
    force_imbalance_reason: ClassVar[str] = "each pair is fitted to its own target, without a softmax that shares out"
    temperature: Annotated[float, replace(TEMPERATURE, help="Divides the cosine in the first term.")] = 0.1
    no_positive: Annotated[
        Literal["drop", "zero"], Param("Anchors that do not count: left out of the mean, or counted as 0.")
    ] = "drop"
    weight: Annotated[float, Param("Factor of the second term.", ge=0, le=100)] = 0.1
    views: Annotated[
        Literal["single", "stacked"],
        Param("A batch without references: single items, which have no other view, or two views stacked."),
    ] = "single"
    no_labels: NoLabels = "drop"

    def weigh(self, pairs: AnchorsAndReferences) -> PairWeights:
        """The target of each pair; positive where it is above 0."""
        shared = pair_counts(pairs.y, pairs.reference_y).shared.to(pairs.z.dtype)
        target, compete = torch.zeros_like(shared), torch.ones_like(shared)
        if len(pairs.reference_y) > 0:
            among = pair_counts(pairs.reference_y, pairs.reference_y).shared
            low, high = among.aminmax()
            # counts are whole numbers: where they are not all equal, they are at least 1 apart
            target = ((shared - low) / (high - low).clamp_min(1)).clamp(0, 1) * (high > low)
        if (own := pairs.own()) is not None:
            own.zero(target)
            own.zero(compete)
        return PairWeights(target, compete, target > 0)

    def row_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """The second term of each anchor."""
        number = weights.compete.sum(1)
        cosine = s * self.temperature
        soft = (F.softplus(cosine) - weights.attract * cosine) * weights.compete
        values = self.weight * soft.sum(1) / number.clamp_min(1)
        counted = number > 0
        if self.no_labels == "drop":
            counted = counted & pairs.y.any(1)
        return torch.where(counted, values, 0), counted

    def batch_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights, inputs: LossInputs
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Both terms of each anchor; the first one only where anchors have another view.

        Raises:
            InputError: References that are not the anchors' own other views.
        """
        values, counted = self.row_values(s, pairs, weights)
        view = self._other_view(inputs)
        if view is None:
            return values, counted
        with_view = counted
        if inputs.references is None:
            half = len(inputs.y) // 2
            with_view = counted & (inputs.y[:half] == inputs.y[half:]).all()
        if inputs.local_anchors is not None:
            view = view[inputs.local_anchors.rows]
        first = log_sum(s, weights.compete) - s.gather(1, view[:, None])[:, 0]
        return values + torch.where(with_view, first, 0), counted

    def _other_view(self, inputs: LossInputs) -> Int64[Tensor, " n"] | None:
        """Column of each anchor's other view, in a batch if it is two views stacked; None where anchors have none."""
        y, references = inputs.y, inputs.references
        n, own = len(y), torch.arange(len(y), device=y.device)
        if references is None:
            return (own + n // 2) % n if self.views == "stacked" and n > 0 and n % 2 == 0 else None
        if len(references[1]) < n or not torch.equal(references[1][:n], y):
            raise InputError(
                f"soft_contrastive: references must begin with the other views of the {n} items, in their order and "
                f"with their labels; given: {len(references[1])} others"
            )
        return own if inputs.candidates == "references" else own + n


SOFT_CONTRASTIVE = LossRecord(
    name=SoftContrastive.name,
    title="Soft contrastive loss (SoftCon)",
    summary="Each item looks for its own other view; on top, cosines are fitted to the number of labels that two items "
    "have in common, scaled to 0 to 1.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: the number of labels they share, scaled "
    "by the largest in the batch; it is a cosine to reach, and pairs do not compete.",
    source="SoftCon, arXiv 2405.20462, as in ws-MulSupCon (MICCAI 2025)",
    build=SoftContrastive,
    when_to_use="When labels are few or doubtful, so that views should do the work and labels steer.",
)
