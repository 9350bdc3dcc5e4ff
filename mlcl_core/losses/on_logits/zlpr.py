"""ZLPR on logits: present labels above zero, absent ones below, ranked against each other through the zero."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.logit_loss import LogitLoss


def log_one_plus_sum(exponents: Float[Tensor, "n c"], chosen: Bool[Tensor, "n c"]) -> Float[Tensor, " n"]:
    """log(1 + the sum of e^exponent over the chosen of each row); 0 where none is chosen."""
    zero = exponents.new_zeros(len(exponents), 1)
    return torch.cat([zero, exponents.masked_fill(~chosen, -torch.inf)], dim=1).logsumexp(1)


@dataclass(frozen=True, eq=False)
class ZeroBoundedRanking(LogitLoss):
    r"""Push the lowest present label above zero, and the highest absent one below.

    .. math:: L_i = \log\Big(1+\sum_{l \in Y_i} e^{-x_{il}}\Big) + \log\Big(1+\sum_{l \notin Y_i} e^{x_{il}}\Big)

    Labels are predicted where the logit is above 0.

    Args:
        reduction: ``mean`` over items, ``sum``, or ``none``: one value per item.

    Edge cases:
        An item without labels, or with all of them, has only the sum that is left.

    Notes:
        An empty sum makes its logarithm 0. No items: 0.

    Relations:
        With one label in all (c = 1) it is ``bce``.

    References:
        Su et al., arXiv 2208.02955. The zlpr.py of Audibert et al. gives this gradient, and a value that is short by
        the largest exponents of both sums; NaN for an item with no labels or with all.
    """

    name: ClassVar[str] = "zlpr"

    def item_values(
        self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"] | None]:
        """Both logarithms of each item; every item counts."""
        return log_one_plus_sum(-logits, y) + log_one_plus_sum(logits, ~y), None


ZLPR = LossRecord(
    name=ZeroBoundedRanking.name,
    title="Zero-bounded log-sum-exp and pairwise rank (ZLPR)",
    summary="The lowest present label must rise above zero, the highest absent one must sink below.",
    source="Su et al., arXiv 2208.02955",
    build=ZeroBoundedRanking,
    when_to_use="When labels go together: the labels of an item compete in one sum instead of being judged one by one.",
)
