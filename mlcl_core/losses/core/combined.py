"""A contrastive loss and a loss on logits, trained together."""

from dataclasses import dataclass, replace
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from mlcl_core.loss_parameters import ContrastiveShare
from mlcl_core.losses.core.loss import Loss, LossInputs
from mlcl_core.options import declared_options


@dataclass(frozen=True)
class Combined(Loss):
    r"""Mix a contrastive loss and a loss on logits.

    .. math:: L = \alpha \, L_{contrastive} + (1 - \alpha) \, L_{logit}

    Args:
        contrastive: Any loss on embeddings.
        logit: Any loss on logits.
        weight: alpha in [0, 1].

    References:
        Lin et al., Findings of ACL 2023 (total = (1 - alpha) BCE + alpha L_con).
    """

    name: ClassVar[str] = "combined"
    contrastive: Loss
    logit: Loss
    weight: ContrastiveShare = 0.5

    def __post_init__(self) -> None:
        """Check the weight.

        Raises:
            InputError: A weight that is no number from 0 to 1.
        """
        declared_options(Combined)["weight"].check("weight of the contrastive loss", self.weight)

    @property
    def needs(self) -> frozenset[str]:
        """What both losses work on."""
        return self.contrastive.needs | self.logit.needs

    def with_label_counts(self, counts: Tensor, items: int, of_several: Tensor | None = None) -> "Combined":
        """The same mixture of the losses for these counts."""
        contrastive, logit = (
            loss.with_label_counts(counts, items, of_several) for loss in (self.contrastive, self.logit)
        )
        return replace(self, contrastive=contrastive, logit=logit)

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " values"]:
        """Weighted sum of both losses of a batch."""
        return self.weight * self.contrastive.value(inputs) + (1 - self.weight) * self.logit.value(inputs)
