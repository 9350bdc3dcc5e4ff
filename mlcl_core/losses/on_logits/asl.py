"""Asymmetric loss on logits: focal, with one exponent for present labels and a harder one for absent ones."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.logit_loss import EntryLoss
from mlcl_core.options import Param


@dataclass(frozen=True, eq=False)
class Asymmetric(EntryLoss):
    r"""Weigh easy absent labels down hard, and drop the very easy ones.

    .. math:: L_{il} = -y (1-p)^{\gamma_+} \log p - (1-y)\, p_m^{\gamma_-} \log(1-p_m),\quad p_m = \max(p-m, 0)

    Args:
        gamma_neg: Exponent for absent labels.
        gamma_pos: Exponent for present labels.
        clip: m, by which the probability of an absent label is lowered.
        epsilon: Probabilities are at least this inside the logarithm; below it an entry has no gradient.
        detach: The weights (powers) are taken as constants by the gradient, and by the second derivative: it is that of
            L with these weights for numbers, not the derivative of the gradient, through which they move.
        reduction: ``sum`` over items and labels (the paper's code), ``mean``, or ``none``: one mean per item.

    Edge cases:
        Items without labels count like all others; a term is at most -log(epsilon).

    Notes:
        No items or no labels: 0. With the sum, learning rates depend on the batch size and the number of labels.

    Relations:
        ``bce`` (sum) with both exponents 0 and clip 0, up to epsilon; ``focal`` without alpha with equal exponents.

    References:
        Ridnik et al., ICCV 2021; defaults of their class AsymmetricLoss (their training script has gamma_pos 0).
        Audibert et al. take gamma_neg 1, gamma_pos 0, clip 0, epsilon 1e-5, the mean, and detach nothing.
    """

    name: ClassVar[str] = "asl"
    reduction: Annotated[Literal["sum", "mean", "none"], Param("How the terms of items and labels are combined.")] = (
        "sum"
    )
    gamma_neg: Annotated[float, Param("Exponent for absent labels.", ge=0, le=20)] = 4.0
    gamma_pos: Annotated[float, Param("Exponent for present labels.", ge=0, le=20)] = 1.0
    clip: Annotated[float, Param("Lowers the probability of absent labels.", ge=0, le=0.5)] = 0.05
    epsilon: Annotated[float, Param("Smallest probability inside the logarithm.", ge=1e-12, le=0.1)] = 1e-8
    detach: Annotated[bool, Param("The gradient takes the weights as constants.")] = True

    def per_entry(self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
        """The term of each item and label, before any reduction."""
        p, q = torch.sigmoid(logits), torch.sigmoid(-logits)
        right = torch.where(y, p, (q + self.clip).clamp_max(1))
        wrong = torch.where(y, q, (p - self.clip).clamp_min(0))
        # a power below 1 has an infinite slope at 0; the smallest normal number changes no value
        wrong = wrong.clamp_min(torch.finfo(p.dtype).tiny)
        weight = torch.where(y, wrong**self.gamma_pos, wrong**self.gamma_neg)
        return -(weight.detach() if self.detach else weight) * right.clamp_min(self.epsilon).log()


ASL = LossRecord(
    name=Asymmetric.name,
    title="Asymmetric loss",
    summary="Focal with a harder exponent for absent labels; very easy ones are dropped.",
    source="Ridnik et al., ICCV 2021",
    build=Asymmetric,
    when_to_use="When an item carries a few labels out of very many, and some of its own are missing in the "
    "annotation.",
)
