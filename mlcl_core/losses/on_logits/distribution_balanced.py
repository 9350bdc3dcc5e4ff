"""Distribution-balanced loss on logits: labels weighed by how rare they are beside the item's other labels."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.label_counts import LabelCounts, as_weights, label_counts, needed_counts
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.focal import focal_weight
from mlcl_core.losses.on_logits.logit_loss import REDUCTION, EntryLoss
from mlcl_core.pairs import Option


@dataclass(frozen=True, eq=False)
class DistributionBalanced(EntryLoss):
    r"""Weigh each entry by its label's share of the item's rarity, and lean logits against common noes.

    .. math:: L_{il} = f \, (1 - p_t)^\gamma \, \frac{w_{il}}{\lambda^{1-y}} \, \mathrm{BCE}(x'_{il}, y_{il}),
              \qquad w_{il} = \alpha + \sigma(\beta (r_{il} - \mu)),
              \qquad r_{il} = \frac{1/n_l}{\sum_{k \in Y_i} 1/n_k}

    with the logit :math:`x' = \lambda^{1-y} (x + v_l)`, :math:`v_l = -\frac{\kappa}{\lambda} \log(N/n_l - 1)`, and p_t
    the probability that x' gives to the right answer.

    Args:
        weighting: ``rebalance``, w as above; ``class_balanced``, the mean of (1-b)/(1-b^n_l) over the item's labels,
            the same for all its entries; ``none``, w = 1.
        alpha, beta, mu: Of the weight w.
        negative_scale: lambda; 1 leaves noes alone.
        bias: kappa; 0 leaves logits where they are.
        gamma, factor: Exponent and factor f of the focal part; 0 and 1 switch it off.
        class_balance: b.
        no_positive: With ``class_balanced`` an item without labels has no weight: ``drop`` leaves it out of the mean,
            ``zero`` counts it as 0. The other weightings define it.
        reduction: ``mean`` over items and labels, ``sum``, or ``none``: one mean per item.
        counts: What ``with_label_counts`` was given.

    Edge cases:
        No labels: r is infinite, so w = alpha + 1, as in the published code; with ``class_balanced`` nothing (the
        published code gives NaN). n_l and N - n_l are at least 1, so a label that nobody or everybody has gives no
        infinite value.

    Relations:
        ``class_balanced`` with lambda 1 and kappa 0 is the published code's ``cb_average_w``. ``none`` with lambda 1,
        kappa 0 and f 1 is ``focal`` without alpha. The defaults are those for COCO-MLT; VOC-MLT takes mu 0.3, lambda 5.

    References:
        Wu et al., ECCV 2020; class-balanced weights: Cui et al., CVPR 2019.
    """

    name: ClassVar[str] = "distribution_balanced"
    weighting: str = "rebalance"
    alpha: float = 0.1
    beta: float = 10.0
    mu: float = 0.2
    negative_scale: float = 2.0
    bias: float = 0.05
    gamma: float = 2.0
    factor: float = 2.0
    class_balance: float = 0.9
    no_positive: str = "drop"
    counts: LabelCounts | None = field(default=None, repr=False)

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return DISTRIBUTION_BALANCED

    @property
    def needs(self) -> frozenset[str]:
        """Logits and label counts."""
        return frozenset({"logits", "label_counts"})

    def with_label_counts(self, counts: Tensor, items: int) -> "DistributionBalanced":
        """The same loss for training items of which ``counts[l]`` out of ``items`` carry label l."""
        return replace(self, counts=label_counts(counts, items))

    def per_entry(self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
        """The term of each item and label, before any reduction.

        Raises:
            InputError: No label counts yet, or those of another number of labels.
        """
        counts = needed_counts(self.name, self.counts, logits.shape[1])
        lean = self.bias / self.negative_scale * (counts.with_label / counts.without_label).log()
        scale = torch.where(y, 1.0, self.negative_scale).to(logits.dtype)
        leaning = scale * (logits + as_weights(lean, logits))
        entries = F.binary_cross_entropy_with_logits(leaning, y.to(logits.dtype), reduction="none")
        weight = WEIGHTINGS[self.weighting](self, counts, logits, y) / scale
        return self.factor * focal_weight(leaning, y, self.gamma) * weight * entries

    def item_values(
        self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"] | None]:
        """Sum of each item's terms, and which items the mean is over."""
        leave_out = self.weighting == "class_balanced" and self.no_positive == "drop"
        return self.per_entry(logits, y).sum(1), y.any(1) if leave_out else None


def rebalance(loss: DistributionBalanced, counts: LabelCounts, logits: Tensor, y: Tensor) -> Tensor:
    """w = alpha + sigmoid(beta (r - mu)), for what is there and what is not alike."""
    rarity = as_weights(1 / counts.with_label, logits)
    total = torch.where(y, rarity, 0.0).sum(1, keepdim=True)
    share = torch.where(y.any(1, keepdim=True), rarity / torch.where(total > 0, total, 1.0), torch.inf)
    # beta 0 gives every share the same weight, the infinite one too
    lifted = loss.beta * (share - loss.mu) if loss.beta else torch.zeros_like(share)
    return loss.alpha + torch.sigmoid(lifted)


def class_balanced(loss: DistributionBalanced, counts: LabelCounts, logits: Tensor, y: Tensor) -> Tensor:
    """The mean of (1-b)/(1-b^n_l) over the item's labels; 0 for an item without labels."""
    b = torch.tensor(loss.class_balance, dtype=torch.float64, device=counts.counts.device)
    effective = as_weights((1 - b) / -torch.expm1(counts.with_label * b.log()), logits)
    mean = torch.where(y, effective, 0.0).sum(1, keepdim=True) / y.sum(1, keepdim=True).clamp_min(1)
    return mean.expand_as(logits)


def unweighted(loss: DistributionBalanced, counts: LabelCounts, logits: Tensor, y: Tensor) -> Tensor:
    """w = 1."""
    return torch.ones_like(logits)


WEIGHTINGS: dict[str, Callable[[DistributionBalanced, LabelCounts, Tensor, Tensor], Tensor]] = {
    "rebalance": rebalance,
    "class_balanced": class_balanced,
    "none": unweighted,
}


DISTRIBUTION_BALANCED = LossRecord(
    name="distribution_balanced",
    title="Distribution-balanced loss",
    formula=r"L_{il} = f (1-p_t)^\gamma \frac{w_{il}}{\lambda^{1-y}} \mathrm{BCE}(\lambda^{1-y}(x_{il} + v_l)),\quad"
    r" w_{il} = \alpha + \sigma\left(\beta\left(\frac{1/n_l}{\sum_{k \in Y_i} 1/n_k} - \mu\right)\right)",
    summary="Focal loss in which a label weighs by its share of the item's rarity, and common noes are held back.",
    source="Wu et al., ECCV 2020",
    needs=frozenset({"logits", "label_counts"}),
    build=DistributionBalanced,
    options={
        "reduction": REDUCTION,
        "weighting": Option("rebalance", "How items and labels are weighed.", choices=tuple(WEIGHTINGS)),
        "alpha": Option(0.1, "Smallest weight of rebalance.", minimum=0, maximum=10),
        "beta": Option(10.0, "How sharply the weight rises with the share of rarity.", minimum=0, maximum=1000),
        "mu": Option(0.2, "Share of rarity at which the weight is half way up.", minimum=0, maximum=1),
        "negative_scale": Option(2.0, "Lambda: steeper, lighter noes; 1: none of it.", minimum=0.1, maximum=100),
        "bias": Option(0.05, "Kappa: how far logits lean by the label's frequency.", minimum=0, maximum=10),
        "gamma": Option(2.0, "How fast an entry loses weight as it gets right.", minimum=0, maximum=20),
        "factor": Option(2.0, "What all is multiplied by.", minimum=1e-3, maximum=1000),
        "class_balance": Option(0.9, "b of class_balanced: 0, no weights; near 1, 1/n.", minimum=0, maximum=0.999999),
        "no_positive": Option(
            "drop",
            "An item without labels under class_balanced: left out of the mean, or counted as 0.",
            choices=("drop", "zero"),
        ),
    },
    when_to_use="When a few labels are everywhere and many are rare, and common labels come along with rare ones.",
    edge_cases="An item without labels weighs alpha + 1, under class_balanced nothing; counts are at least 1.",
)
