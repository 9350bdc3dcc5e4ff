"""A contrastive loss and a logit loss, trained together with a weight."""

from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.label_counts import CountingLoss
from mlcl_core.losses.core.record import Loss
from mlcl_core.pairs import Option

WEIGHT = Option(0.5, "Share of the contrastive loss.", minimum=0, maximum=1)


@dataclass(frozen=True)
class Combined:
    r"""Mix a contrastive loss and a logit loss.

    .. math:: L = \alpha \, L_{contrastive} + (1 - \alpha) \, L_{logit}

    Args:
        contrastive: Any loss on embeddings.
        logit: Any loss on logits.
        weight: alpha in [0, 1].

    References:
        Lin et al., Findings of ACL 2023 (total = (1 - alpha) BCE + alpha L_con).
    """

    contrastive: Loss
    logit: Loss
    weight: float

    def __post_init__(self) -> None:
        """Check the weight.

        Raises:
            InputError: A weight that is no number from 0 to 1.
        """
        WEIGHT.check("weight of the contrastive loss", self.weight)

    @property
    def needs(self) -> frozenset[str]:
        """What both losses work on."""
        return self.contrastive.needs | self.logit.needs

    def with_label_counts(self, counts: Tensor, items: int) -> "Combined":
        """The same mixture, its parts made for these counts where they take any."""
        contrastive, logit = (
            part.with_label_counts(counts, items) if isinstance(part, CountingLoss) else part
            for part in (self.contrastive, self.logit)
        )
        return replace(self, contrastive=contrastive, logit=logit)

    def __call__(
        self, z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"], **inputs: Any
    ) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """Weighted sum of both losses of a batch."""
        return self.weight * self.contrastive(z, y, **inputs) + (1 - self.weight) * self.logit(z, y, **inputs)
