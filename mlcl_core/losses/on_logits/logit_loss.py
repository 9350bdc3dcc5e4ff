"""What losses on logits share: the check of their input, and how items are joined."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.local_anchors import LocalAnchors, total
from mlcl_core.losses.core.record import Checked
from mlcl_core.pairs import Option
from mlcl_core.pairs.relations import check_labels

REDUCTION = Option("mean", "How items are joined.", choices=("mean", "sum", "none"))


def checked_logits(name: str, logits: Tensor | None, y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
    """Give the logits in the type that they are worked on in (see :func:`numbers`).

    Raises:
        InputError: Logits missing, no floats or not of the labels' shape; labels that are no boolean matrix.
    """
    check_labels(y, y)
    if logits is not None:
        logits = numbers("logits", logits)
    if logits is None or logits.shape != y.shape:
        shape = "none" if logits is None else tuple(logits.shape)
        raise InputError(f"{name} needs logits of the labels' shape {tuple(y.shape)}; given: {shape}")
    return logits


@dataclass(frozen=True, eq=False)
class LogitLoss(Checked):
    """A loss with one value per item, made from the item's logits and labels.

    A subclass gives ``name`` (its key in LOSSES) and ``item_values``.

    Args:
        reduction: ``mean`` over items, ``sum``, or ``none``: one value per item.
    """

    name: ClassVar[str]
    reduction: str = "mean"

    @property
    def needs(self) -> frozenset[str]:
        """What it works on."""
        return frozenset({"logits"})

    def item_values(
        self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"] | None]:
        """Value of each item (0 where the loss says nothing about it), and which items the mean is over; None: all."""
        raise NotImplementedError

    def terms_per_item(self, y: Bool[Tensor, "n c"]) -> int:
        """Terms that ``item_values`` adds up for an item: a mean is over them too, a sum is not."""
        return 1

    def __call__(
        self,
        z: Float[Tensor, "n d"] | None,
        y: Bool[Tensor, "n c"],
        *,
        logits: Tensor | None = None,
        local_anchors: LocalAnchors | None = None,
        **_: Any,
    ) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """Loss of a batch, or the share of its ``local_anchors``, from its logits; embeddings are not looked at.

        Raises:
            InputError: Logits missing, no floats or not of the labels' shape; labels that are no boolean matrix.
        """
        logits = checked_logits(self.name, logits, y)
        if local_anchors is not None:
            logits, y = logits[local_anchors.rows], y[local_anchors.rows]
        with torch.autocast(device_type=logits.device.type, enabled=False):
            values, counted = self.item_values(logits, y)
            if self.reduction == "sum":
                return values.sum()
            values = values / self.terms_per_item(y)
            if self.reduction == "none":
                return values
            count = y.new_tensor(len(y), dtype=torch.int64) if counted is None else counted.sum()
            return values.sum() / total(local_anchors, count).clamp_min(1)


@dataclass(frozen=True, eq=False)
class EntryLoss(LogitLoss):
    """A loss that is one term for each item and label; a subclass gives ``per_entry``.

    Args:
        reduction: ``mean`` over items and labels, ``sum``, or ``none``: one mean per item.
    """

    def per_entry(self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
        """The term of each item and label, before any reduction."""
        raise NotImplementedError

    def item_values(
        self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"] | None]:
        """Sum of each item's terms; every item counts."""
        return self.per_entry(logits, y).sum(1), None

    def terms_per_item(self, y: Bool[Tensor, "n c"]) -> int:
        """One for each label."""
        return max(y.shape[1], 1)
