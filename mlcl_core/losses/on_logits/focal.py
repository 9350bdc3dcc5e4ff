"""Focal loss on logits: entries that are right already count little."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.logit_loss import EntryLoss, Gamma
from mlcl_core.options import Param


def focal_weight(logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"], gamma: float) -> Float[Tensor, "n c"]:
    r"""Weigh each entry by :math:`(1 - p_t)^\gamma`, p_t the probability given to the right answer."""
    # a power of 1 - p_t has an infinite slope at 0 for gamma < 1; its logarithm has none
    wrong = F.logsigmoid(torch.where(y, -logits, logits))
    return (gamma * wrong).exp()


@dataclass(frozen=True, eq=False)
class Focal(EntryLoss):
    r"""Weigh the binary cross-entropy of each entry by how wrong it still is.

    .. math:: L_{il} = -\alpha_t (1-p_t)^\gamma \log p_t

    with p_t = p for a label that the item carries, else 1 - p; alpha_t likewise alpha and 1 - alpha.

    Args:
        alpha: Weight of present labels, in [0, 1]; below 0: no weights.
        gamma: How fast an entry loses weight as it gets right; 0: not at all.
        reduction: ``mean`` over items and labels, ``sum``, or ``none``: one mean per item.

    Edge cases:
        Items without labels count like all others: all their entries are absent labels.

    Notes:
        No items or no labels: 0. Logits of any finite size give a finite value and gradient, for any gamma.

    Relations:
        ``bce`` with alpha -1 and gamma 0; half of it with alpha 0.5 and gamma 0.

    References:
        Lin et al., ICCV 2017; defaults of torchvision.ops.sigmoid_focal_loss.
    """

    name: ClassVar[str] = "focal"
    alpha: Annotated[float, Param("Weight of present labels; below 0: no weights.", ge=-1, le=1)] = 0.25
    gamma: Gamma = 2.0

    def per_entry(self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
        """The term of each item and label, before any reduction."""
        entries = F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype), reduction="none")
        entries = focal_weight(logits, y, self.gamma) * entries
        return entries if self.alpha < 0 else torch.where(y, self.alpha, 1 - self.alpha) * entries


FOCAL = LossRecord(
    name=Focal.name,
    title="Focal loss",
    summary="Binary cross-entropy in which an entry that is right already counts little.",
    source="Lin et al., ICCV 2017",
    build=Focal,
    when_to_use="When easy absent labels are so many that they drown the present ones.",
)
