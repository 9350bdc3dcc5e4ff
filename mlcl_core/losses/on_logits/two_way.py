"""Two-way loss on logits: hardest labels of each item against each other, and hardest items of each label."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.local_anchors import LocalAnchors, total
from mlcl_core.losses.core.loss import Loss, LossInputs
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.logit_loss import checked_logits
from mlcl_core.options import Param

# Added to masked entries by the published code.
MASK = -100.0


def exact(x: Float[Tensor, "n c"], chosen: Bool[Tensor, "n c"]) -> Float[Tensor, " n"]:
    """log-sum-exp over the chosen of each row; any finite number where none is chosen."""
    # the gradient of a row of -inf is NaN: it is masked later, but anomaly detection stops at it
    left_out = torch.where(chosen.any(1, keepdim=True), -torch.inf, 0.0).to(x.dtype)
    return torch.where(chosen, x, left_out).logsumexp(1)


def additive(x: Float[Tensor, "n c"], chosen: Bool[Tensor, "n c"]) -> Float[Tensor, " n"]:
    """The published form: all other entries take part, lowered by 100, so that logits beyond +-100 T leak in."""
    return (x + torch.where(chosen, 0.0, MASK).to(x.dtype)).logsumexp(1)


MASKINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"exact": exact, "additive": additive}


@dataclass(frozen=True)
class TwoWay(Loss):
    r"""Separate present from absent labels, along each item and along each label.

    .. math:: \ell = \mathrm{softplus}\left(T_n \log \sum_{l \notin Y} e^{x_l/T_n}
        + T_p \log \sum_{l \in Y} e^{-x_l/T_p}\right)

    Sum of the mean over items that have a label (x a row of the logits) and the mean over labels that some item of the
    batch has (x a column).

    Args:
        positive_temperature: T_p; large: all present labels count, small: the lowest one only.
        negative_temperature: T_n, likewise for absent labels, small: the highest one only.
        ways: ``both``, or one of the two means alone: ``items``, ``labels``.
        masking: ``exact`` leaves entries of the other side out; ``additive`` lowers them by 100 as the published code
            does: the same number unless a logit goes beyond about 100 temperatures.

    Edge cases:
        Items without labels and labels without items are left out; full ones count as 0.

    Notes:
        No item with a label: 0, where the published code gives NaN. The 0 of an item with all labels, and of a label
        that all items have, is the limit of the published code's value.

    Relations:
        Of an item with two labels, one there and one not, at temperatures 1: the logistic loss of their difference.

    References:
        Kobayashi, CVPR 2023.
    """

    name: ClassVar[str] = "two_way"
    needs: ClassVar[frozenset[str]] = frozenset({"logits"})
    positive_temperature: Annotated[
        float, Param("Large: all present labels count; small: the lowest only.", ge=1e-2, le=100)
    ] = 4.0
    negative_temperature: Annotated[
        float, Param("Large: all absent labels count; small: the highest only.", ge=1e-2, le=100)
    ] = 1.0
    ways: Annotated[Literal["both", "items", "labels"], Param("Along items, along labels, or both.")] = "both"
    masking: Annotated[
        str, Param("How the other side is left out; additive is the published code's.", choices=tuple(MASKINGS))
    ] = "exact"

    def value(self, inputs: LossInputs) -> Float[Tensor, ""]:
        """The loss of a batch, from its logits.

        Raises:
            InputError: Logits missing or not of the labels' shape; labels that are no boolean matrix.
        """
        y, local_anchors = inputs.y, inputs.local_anchors
        logits = checked_logits(self.name, inputs.logits, y)
        with torch.autocast(device_type=logits.device.type, enabled=False):
            # every process needs a gradient, be it zero
            value = 0 * logits.sum()
            if self.ways != "labels":
                rows = slice(None) if local_anchors is None else local_anchors.rows
                value = value + self._mean_over_rows(logits[rows], y[rows], local_anchors)
            if self.ways != "items" and (local_anchors is None or local_anchors.is_rank_zero):
                value = value + self._mean_over_rows(logits.T, y.T)
            return value

    def _mean_over_rows(self, x: Tensor, y: Tensor, local_anchors: LocalAnchors | None = None) -> Tensor:
        log_sum = MASKINGS[self.masking]
        tp, tn = self.positive_temperature, self.negative_temperature
        margin = tn * log_sum(x / tn, ~y) + tp * log_sum(-x / tp, y)
        counted = y.any(1)
        kept = counted & ~y.all(1) if self.masking == "exact" else counted
        return torch.where(kept, F.softplus(margin), 0.0).sum() / total(local_anchors, counted.sum()).clamp_min(1)


TWO_WAY = LossRecord(
    name=TwoWay.name,
    title="Two-way loss",
    summary="The lowest present label must beat the highest absent one: within each item, and each label.",
    source="Kobayashi, CVPR 2023",
    build=TwoWay,
    when_to_use="When ranking counts in both directions: labels for an item, and items for a label.",
)
