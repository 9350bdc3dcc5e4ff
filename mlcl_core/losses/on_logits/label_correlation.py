"""Label-correlation loss on logits: every label of an item above every label that it lacks."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.logit_loss import LogitLoss
from mlcl_core.options import Param


@dataclass(frozen=True, eq=False)
class LabelCorrelation(LogitLoss):
    r"""Ask that each label of an item gets a higher probability than each label that it lacks.

    .. math:: L_i = \frac{1}{|Y_i| (c-|Y_i|)} \sum_{p \in Y_i, q \notin Y_i} e^{\sigma(x_{iq}) - \sigma(x_{ip})}

    Args:
        reduction: ``mean`` over items, ``sum``, or ``none``: one value per item.
        no_positive: An item without labels, or with all of them, has no such pair: ``drop`` leaves it out of the mean,
            ``zero`` counts it as 0.

    Edge cases:
        An item without labels, or with all of them, has no pair and contributes nothing.

    Notes:
        Such an item has value 0 and gradient 0; the published code counts the first kind as 0, and gives NaN for the
        second. No item with a pair: 0. The value of an item lies in [1/e, e], whatever the logits.

    Relations:
        The sum over pairs is a product of two sums, so no array of size c x c is needed.

    References:
        LCA of Lin et al., Findings of ACL 2023.
    """

    name: ClassVar[str] = "label_correlation"
    no_positive: Annotated[
        Literal["drop", "zero"],
        Param("An item without labels, or with all: left out of the mean, or counted as 0."),
    ] = "drop"

    def item_values(
        self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"] | None]:
        """Mean over the pairs of each item, and which items have any."""
        p = torch.sigmoid(logits)
        lacking = torch.where(y, 0, p.exp()).sum(1) / (~y).sum(1).clamp_min(1)
        carried = torch.where(y, (-p).exp(), 0).sum(1) / y.sum(1).clamp_min(1)
        has_pair = y.any(1) & ~y.all(1)
        return lacking * carried, has_pair if self.no_positive == "drop" else None


LABEL_CORRELATION = LossRecord(
    name=LabelCorrelation.name,
    title="Label correlation",
    summary="The labels of an item should have higher probabilities than those that it lacks.",
    source="LCA in Lin et al., Findings of ACL 2023",
    build=LabelCorrelation,
    when_to_use="Beside another loss, when the order of the labels of an item matters more than each probability.",
)
