"""Two-way loss on logits: hardest labels of each item against each other, and hardest items of each label."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.local_anchors import LocalAnchors, total
from mlcl_core.losses.core.record import Checked, LossRecord
from mlcl_core.losses.on_logits.logit_loss import checked_logits
from mlcl_core.pairs import Option

# What the published code adds to masked entries.
MASK = -100.0


def exact(x: Float[Tensor, "n c"], chosen: Bool[Tensor, "n c"]) -> Float[Tensor, " n"]:
    """log-sum-exp over the chosen of each row; any finite number where none is chosen."""
    # a row of -inf sends NaN backwards: masked out further on, but anomaly detection stops at it
    left_out = torch.where(chosen.any(1, keepdim=True), -torch.inf, 0.0).to(x.dtype)
    return torch.where(chosen, x, left_out).logsumexp(1)


def additive(x: Float[Tensor, "n c"], chosen: Bool[Tensor, "n c"]) -> Float[Tensor, " n"]:
    """The published code's: the others take part, lowered by 100, so that logits beyond +-100 T leak in."""
    return (x + torch.where(chosen, 0.0, MASK).to(x.dtype)).logsumexp(1)


MASKINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"exact": exact, "additive": additive}


@dataclass(frozen=True)
class TwoWay(Checked):
    r"""Separate labels that are there from labels that are not, along each item and along each label.

    .. math:: \ell(x, Y) = \mathrm{softplus}\Big(T_n \log \sum_{l \notin Y} e^{x_l / T_n}
              + T_p \log \sum_{l \in Y} e^{-x_l / T_p}\Big)

    Sum of the mean over items that have a label (x a row of the logits) and the mean over labels that some item of the
    batch has (x a column).

    Args:
        positive_temperature: T_p; large: all labels that are there count, small: the lowest one only.
        negative_temperature: T_n, likewise for labels that are not there.
        ways: ``both``, or one of the two means alone: ``items``, ``labels``.
        masking: ``exact`` leaves entries of the other side out; ``additive`` lowers them by 100 as the published code
            does: the same number unless a logit goes beyond about 100 temperatures.

    Edge cases:
        An item without labels, and a label that nobody in the batch has, are left out of their mean; nobody with a
        label: 0, where the published code gives NaN. An item with all labels, a label that all items have: 0, and
        counted (the limit of the published code's value).

    Relations:
        Of an item with two labels, one there and one not, at temperatures 1: the logistic loss of their difference.

    References:
        Kobayashi, CVPR 2023.
    """

    positive_temperature: float = 4.0
    negative_temperature: float = 1.0
    ways: str = "both"
    masking: str = "exact"
    needs: frozenset[str] = frozenset({"logits"})

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return TWO_WAY

    def __call__(
        self,
        z: Float[Tensor, "n d"] | None,
        y: Bool[Tensor, "n c"],
        *,
        logits: Tensor | None = None,
        local_anchors: LocalAnchors | None = None,
        **_: Any,
    ) -> Float[Tensor, ""]:
        """Loss of a batch, or the share of its ``local_anchors``, from its logits; embeddings are not looked at.

        Raises:
            InputError: Logits missing or not of the labels' shape; labels that are no boolean matrix.
        """
        logits = checked_logits("two_way", logits, y)
        with torch.autocast(device_type=logits.device.type, enabled=False):
            # every process has a gradient to give, be it zero
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
        said = counted & ~y.all(1) if self.masking == "exact" else counted
        return torch.where(said, F.softplus(margin), 0.0).sum() / total(local_anchors, counted.sum()).clamp_min(1)


TWO_WAY = LossRecord(
    name="two_way",
    title="Two-way loss",
    formula=r"\ell = \mathrm{softplus}\left(T_n \log \sum_{l \notin Y} e^{x_l/T_n}"
    r" + T_p \log \sum_{l \in Y} e^{-x_l/T_p}\right)",
    summary="The lowest label that is there must beat the highest that is not: within each item, and each label.",
    source="Kobayashi, CVPR 2023",
    needs=frozenset({"logits"}),
    build=TwoWay,
    options={
        "positive_temperature": Option(
            4.0, "Large: all labels that are there count; small: the lowest only.", minimum=1e-2, maximum=100
        ),
        "negative_temperature": Option(
            1.0, "Large: all labels that are not there count; small: the highest only.", minimum=1e-2, maximum=100
        ),
        "ways": Option("both", "Along items, along labels, or both.", choices=("both", "items", "labels")),
        "masking": Option(
            "exact", "How the other side is left out; additive is the published code's.", choices=tuple(MASKINGS)
        ),
    },
    when_to_use="When ranking counts in both directions: labels for an item, and items for a label.",
    edge_cases="Items without labels and labels without items are left out; full ones count as 0.",
)
