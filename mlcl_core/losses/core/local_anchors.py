"""The anchors of a batch that one process answers for, and sums over all processes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


@dataclass(frozen=True)
class LocalAnchors:
    r"""Rows of a batch that every process holds whole: a loss returns their share of it, and the shares add up.

    .. math:: L = \sum_p L_p, \qquad L_p = \frac{1}{N} \sum_{i \in rows_p} L_i, \qquad N = \sum_p N_p

    Args:
        rows: The items that are anchors in this process; each item is an anchor in exactly one process.
        is_rank_zero: Whether this process also handles what belongs to no item: prototypes as anchors, label columns.
        total: Sums a number over all processes (counts of anchors, of rows, of positives). Every process calls it
            equally often and in the same order. It passes no gradient.
    """

    rows: Int64[Tensor, " k"]
    is_rank_zero: bool
    total: Callable[[Tensor], Tensor]


@runtime_checkable
class Reducing(Protocol):
    """A loss with the options ``reduction`` (``mean``, ``sum``, ``none``) and ``no_positive`` (``drop``, ``zero``)."""

    @property
    def reduction(self) -> str:
        """How the values are combined."""
        ...

    @property
    def no_positive(self) -> str:
        """Whether values that do not count are left out of a mean."""
        ...


def total(local_anchors: LocalAnchors | None, count: Tensor) -> Tensor:
    """A number summed over all processes; the number itself with a single process (None)."""
    return count if local_anchors is None else local_anchors.total(count)


def reduce(
    values: Float[Tensor, " k"], counted: Bool[Tensor, " k"], loss: Reducing, local_anchors: LocalAnchors | None
) -> Float[Tensor, ""] | Float[Tensor, " k"]:
    """Combine values by a loss's ``reduction``; a mean is over the values of all processes.

    Args:
        values: One value per anchor, or per other unit of the loss.
        counted: Values that ``no_positive="drop"`` keeps in the mean.
        loss: Names the reduction.
        local_anchors: The share of this process; None: the whole batch.
    """
    if loss.reduction == "none":
        return values
    if loss.reduction == "sum":
        return values.sum()
    count = counted.sum() if loss.no_positive == "drop" else counted.new_full((), len(values), dtype=torch.int64)
    return values.sum() / total(local_anchors, count).clamp_min(1)


__all__ = ["LocalAnchors", "reduce", "total"]
