"""What losses on logits share: the check of their input, label counts, and how the values of items are combined."""

from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.label_counts import LabelCounts, label_counts
from mlcl_core.losses.core.local_anchors import total
from mlcl_core.losses.core.loss import Loss, LossInputs
from mlcl_core.options import Param
from mlcl_core.pairs.relations import check_labels

ReductionOfItems = Annotated[Literal["mean", "sum", "none"], Param("How the values of the items are combined.")]
Gamma = Annotated[float, Param("How fast an entry loses weight as it gets right.", ge=0, le=20)]


def checked_logits(name: str, logits: Tensor | None, y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
    """The logits, in the type that is computed in (see :func:`numbers`).

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
class LogitLoss(Loss):
    """A loss with one value per item, from the item's logits and labels; a subclass defines ``item_values``.

    Args:
        reduction: ``mean`` over items, ``sum``, or ``none``: one value per item.
    """

    reduction: ReductionOfItems = "mean"

    @property
    def needs(self) -> frozenset[str]:
        """Logits."""
        return frozenset({"logits"})

    def item_values(
        self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"] | None]:
        """Value of each item (0 where it does not count), and which items a mean is over; None: all."""
        raise NotImplementedError

    def terms_per_item(self, y: Bool[Tensor, "n c"]) -> int:
        """Terms that ``item_values`` sums for an item: a mean is over them too, a sum is not."""
        return 1

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " items"]:
        """The loss of a batch, from its logits.

        Raises:
            InputError: Logits missing, no floats or not of the labels' shape; labels that are no boolean matrix.
        """
        y, local_anchors = inputs.y, inputs.local_anchors
        logits = checked_logits(self.name, inputs.logits, y)
        if local_anchors is not None:
            logits, y = logits[local_anchors.rows], y[local_anchors.rows]
        with torch.autocast(device_type=logits.device.type, enabled=False):
            values, counted = self.item_values(logits, y)
            if self.reduction == "sum":
                return values.sum()
            values = values / self.terms_per_item(y)
            if self.reduction == "none":
                return values
            count = y.new_full((), len(y), dtype=torch.int64) if counted is None else counted.sum()
            return values.sum() / total(local_anchors, count).clamp_min(1)


@dataclass(frozen=True, eq=False)
class EntryLoss(LogitLoss):
    """A loss that is one term per item and label; a subclass defines ``per_entry``.

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
        """One per label."""
        return max(y.shape[1], 1)


@dataclass(frozen=True, eq=False)
class CountedEntryLoss(EntryLoss):
    """A loss that weighs labels by the items that carry them.

    Args:
        counts: The label counts given to ``with_label_counts``; None: none yet.
    """

    name: ClassVar[str]
    counts: LabelCounts | None = field(default=None, repr=False)

    def with_label_counts(self, counts: Tensor, items: int, of_several: Tensor | None = None) -> "CountedEntryLoss":
        """The same loss for training items of which ``counts[l]`` out of ``items`` carry label l."""
        return replace(self, counts=label_counts(counts, items, of_several))


__all__ = ["CountedEntryLoss", "EntryLoss", "Gamma", "LogitLoss", "ReductionOfItems", "checked_logits"]
