"""Distribution-balanced loss on logits: labels weighted by their rarity beside the item's other labels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.label_counts import LabelCounts, as_weights, needed_counts
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.focal import focal_weight
from mlcl_core.losses.on_logits.logit_loss import CountedEntryLoss, Gamma
from mlcl_core.options import Param


def rebalance(loss: "DistributionBalanced", counts: LabelCounts, logits: Tensor, y: Tensor) -> Tensor:
    """w = alpha + sigmoid(beta (r - mu)), r the label's share of the item's rarity; for absent labels too."""
    rarity = as_weights(1 / counts.with_label, logits)
    total = torch.where(y, rarity, 0.0).sum(1, keepdim=True)
    share = torch.where(y.any(1, keepdim=True), rarity / torch.where(total > 0, total, 1.0), torch.inf)
    # beta 0 gives every share the same weight, infinite ones included
    lifted = loss.beta * (share - loss.mu) if loss.beta else torch.zeros_like(share)
    return loss.alpha + torch.sigmoid(lifted)


def class_balanced(loss: "DistributionBalanced", counts: LabelCounts, logits: Tensor, y: Tensor) -> Tensor:
    """The mean of (1-b)/(1-b^n_l) over the item's labels; 0 for an item without labels."""
    b = torch.tensor(loss.class_balance, dtype=torch.float64, device=counts.counts.device)
    effective = as_weights((1 - b) / -torch.expm1(counts.with_label * b.log()), logits)
    mean = torch.where(y, effective, 0.0).sum(1, keepdim=True) / y.sum(1, keepdim=True).clamp_min(1)
    return mean.expand_as(logits)


def unweighted(loss: "DistributionBalanced", counts: LabelCounts, logits: Tensor, y: Tensor) -> Tensor:
    """w = 1."""
    return torch.ones_like(logits)


WEIGHTINGS: dict[str, Callable[["DistributionBalanced", LabelCounts, Tensor, Tensor], Tensor]] = {
    "rebalance": rebalance,
    "class_balanced": class_balanced,
    "none": unweighted,
}


@dataclass(frozen=True, eq=False)
class DistributionBalanced(CountedEntryLoss):
    r"""Weigh each entry by its label's share of the item's rarity, and shift logits against common absent labels.

    .. math:: L_{il} = f (1-p_t)^\gamma \frac{w_{il}}{\lambda^{1-y}} \mathrm{BCE}(\lambda^{1-y}(x_{il} + v_l)),\quad
        w_{il} = \alpha + \sigma\left(\beta\left(\frac{1/n_l}{\sum_{k \in Y_i} 1/n_k} - \mu\right)\right)

    with :math:`v_l = -\frac{\kappa}{\lambda} \log(N/n_l - 1)`, and p_t the probability that the shifted logit gives to
    the right answer.

    Args:
        weighting: ``rebalance``, w as above; ``class_balanced``, the mean of (1-b)/(1-b^n_l) over the item's labels,
            the same for all its entries; ``none``, w = 1.
        alpha, beta, mu: Of the weight w.
        negative_scale: lambda; 1 leaves absent labels as they are.
        bias: kappa; 0 shifts no logit.
        gamma, factor: Exponent and factor f of the focal part; 0 and 1 switch it off.
        class_balance: b.
        no_positive: With ``class_balanced`` an item without labels has no weight: ``drop`` leaves it out of the mean,
            ``zero`` counts it as 0. The other weightings define it.
        reduction: ``mean`` over items and labels, ``sum``, or ``none``: one mean per item.
        counts: The label counts given to ``with_label_counts``.

    Edge cases:
        An item without labels weighs alpha + 1, under class_balanced nothing; counts are at least 1.

    Notes:
        Without labels the share of rarity is infinite, as in the published code, which gives NaN under
        ``class_balanced``. n_l and N - n_l count as at least 1, so that a label of no item or of all items gives no
        infinite value.

    Relations:
        ``class_balanced`` with lambda 1 and kappa 0 is the published code's ``cb_average_w``. ``none`` with lambda 1,
        kappa 0 and f 1 is ``focal`` without alpha. The defaults are those for COCO-MLT; VOC-MLT takes mu 0.3, lambda 5.

    References:
        Wu et al., ECCV 2020; class-balanced weights: Cui et al., CVPR 2019.
    """

    name: ClassVar[str] = "distribution_balanced"
    weighting: Annotated[str, Param("How items and labels are weighted.", choices=tuple(WEIGHTINGS))] = "rebalance"
    alpha: Annotated[float, Param("Smallest weight of rebalance.", ge=0, le=10)] = 0.1
    beta: Annotated[float, Param("How sharply the weight rises with the share of rarity.", ge=0, le=1000)] = 10.0
    mu: Annotated[float, Param("Share of rarity at which the weight is half way up.", ge=0, le=1)] = 0.2
    negative_scale: Annotated[float, Param("Lambda: steeper, lighter absent labels; 1: unchanged.", ge=0.1, le=100)] = (
        2.0
    )
    bias: Annotated[float, Param("Kappa: how far logits are shifted by the label's frequency.", ge=0, le=10)] = 0.05
    gamma: Gamma = 2.0
    factor: Annotated[float, Param("Factor of the whole loss.", ge=1e-3, le=1000)] = 2.0
    class_balance: Annotated[float, Param("b of class_balanced: 0, no weights; near 1, 1/n.", ge=0, le=0.999999)] = 0.9
    no_positive: Annotated[
        Literal["drop", "zero"],
        Param("An item without labels under class_balanced: left out of the mean, or counted as 0."),
    ] = "drop"

    @property
    def needs(self) -> frozenset[str]:
        """Logits and label counts."""
        return frozenset({"logits", "label_counts"})

    def per_entry(self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
        """The term of each item and label, before any reduction.

        Raises:
            InputError: No label counts yet, or those of another number of labels.
        """
        counts = needed_counts(self.name, self.counts, logits.shape[1])
        shift = self.bias / self.negative_scale * (counts.with_label / counts.without_label).log()
        scale = torch.where(y, 1.0, self.negative_scale).to(logits.dtype)
        shifted = scale * (logits + as_weights(shift, logits))
        entries = F.binary_cross_entropy_with_logits(shifted, y.to(logits.dtype), reduction="none")
        weight = WEIGHTINGS[self.weighting](self, counts, logits, y) / scale
        return self.factor * focal_weight(shifted, y, self.gamma) * weight * entries

    def item_values(
        self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"] | None]:
        """Sum of each item's terms, and which items the mean is over."""
        leave_out = self.weighting == "class_balanced" and self.no_positive == "drop"
        return self.per_entry(logits, y).sum(1), y.any(1) if leave_out else None


DISTRIBUTION_BALANCED = LossRecord(
    name=DistributionBalanced.name,
    title="Distribution-balanced loss",
    summary="Focal loss in which a label weighs by its share of the item's rarity; common absent labels are held back.",
    source="Wu et al., ECCV 2020",
    build=DistributionBalanced,
    when_to_use="When a few labels are everywhere and many are rare, and common labels come along with rare ones.",
)
