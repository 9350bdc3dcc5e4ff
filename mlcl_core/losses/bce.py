"""Binary cross-entropy on logits: the classification baseline of the field."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.record import LossRecord
from mlcl_core.pairs import Option


@dataclass(frozen=True)
class BinaryCrossEntropy:
    r"""Ask each label yes or no, on its own.

    .. math:: L_i = -\frac{1}{c} \sum_l \left[ y_{il} \log p_{il} + (1 - y_{il}) \log (1 - p_{il}) \right]

    with p = sigmoid(logit).

    Args:
        reduction: ``mean`` over items and labels (torch's default), ``sum``, or ``none``: one mean per item.

    Edge cases:
        No items or no labels: 0. Logits of any finite size give a finite value.

    References:
        torch.nn.functional.binary_cross_entropy_with_logits.
    """

    reduction: str = "mean"
    needs: frozenset[str] = frozenset({"logits"})

    def __call__(
        self, z: Float[Tensor, "n d"] | None, y: Bool[Tensor, "n c"], *, logits: Tensor | None = None, **_: Any
    ) -> Float[Tensor, ""] | Float[Tensor, " n"]:
        """Loss of a batch from its logits; embeddings are not looked at.

        Raises:
            InputError: Logits missing or not of the labels' shape.
        """
        if logits is None or logits.shape != y.shape:
            shape = "none" if logits is None else tuple(logits.shape)
            raise InputError(f"bce needs logits of the labels' shape {tuple(y.shape)}; given: {shape}")
        logits = logits if logits.dtype == torch.float64 else logits.float()
        per_entry = F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype), reduction="none")
        if self.reduction == "sum":
            return per_entry.sum()
        per_item = per_entry.sum(1) / max(y.shape[1], 1)
        return per_item if self.reduction == "none" else per_item.sum() / max(len(per_item), 1)


BCE = LossRecord(
    name="bce",
    title="Binary cross-entropy",
    formula=r"L_i = -\frac{1}{c}\sum_l [y_{il} \log p_{il} + (1-y_{il}) \log(1-p_{il})]",
    summary="A yes or no for each label, with no look at other items: the baseline of contrastive losses.",
    source="Standard; as torch.nn.functional.binary_cross_entropy_with_logits",
    needs=frozenset({"logits"}),
    build=BinaryCrossEntropy,
    options={"reduction": Option("mean", "How items are joined.", choices=("mean", "sum", "none"))},
)
