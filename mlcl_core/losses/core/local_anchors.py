"""A process's part of a batch: which items are its anchors, and how it learns what the other processes counted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


@dataclass(frozen=True)
class LocalAnchors:
    r"""Some rows of a batch that every process holds whole: a loss gives their share of it, and the shares add up.

    .. math:: L = \sum_p L_p, \qquad L_p = \frac{1}{N} \sum_{i \in rows_p} L_i, \qquad N = \sum_p N_p

    Args:
        rows: The items that are this process's anchors; each item is the anchor of one process.
        is_rank_zero: Whether this process also answers for what belongs to no item (prototypes as anchors, label columns).
        total: Sums a number over all processes: counts of anchors, of rows, of positives. Every process calls it
            equally often, in the same order. It passes no gradient.
    """

    rows: Int64[Tensor, " k"]
    is_rank_zero: bool
    total: Callable[[Tensor], Tensor]


@runtime_checkable
class Joining(Protocol):
    """A loss that joins its values: ``mean``, ``sum`` or ``none``; those it says nothing about ``drop`` or ``zero``."""

    @property
    def reduction(self) -> str:
        """How."""
        ...

    @property
    def no_positive(self) -> str:
        """What becomes of values that say nothing."""
        ...


def total(local_anchors: LocalAnchors | None, count: Tensor) -> Tensor:
    """A number summed over all processes; of a process that is alone (None) the number itself."""
    return count if local_anchors is None else local_anchors.total(count)


def reduce(
    values: Float[Tensor, " k"], counted: Bool[Tensor, " k"], loss: Joining, local_anchors: LocalAnchors | None
) -> Float[Tensor, ""] | Float[Tensor, " k"]:
    """Values in one, as a loss's ``reduction`` and ``no_positive`` say; ``counted`` are those it says something about.

    A mean is over all processes' values.
    """
    if loss.reduction == "none":
        return values
    if loss.reduction == "sum":
        return values.sum()
    count = counted.sum() if loss.no_positive == "drop" else counted.new_tensor(len(values), dtype=torch.int64)
    return values.sum() / total(local_anchors, count).clamp_min(1)


__all__ = ["LocalAnchors", "reduce", "total"]
