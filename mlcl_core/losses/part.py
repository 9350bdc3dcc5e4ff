"""A process's part of a batch: which items are its anchors, and how it learns what the other processes counted."""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Int64
from torch import Tensor


@dataclass(frozen=True)
class Part:
    r"""Some rows of a batch that every process holds whole: a loss gives their share of it, and the shares add up.

    .. math:: L = \sum_p L_p, \qquad L_p = \frac{1}{N} \sum_{i \in rows_p} L_i, \qquad N = \sum_p N_p

    Args:
        rows: The items that are this process's anchors; each item is the anchor of one process.
        first: Whether this process also answers for what belongs to no item (prototypes as anchors, label columns).
        total: Sums a number over all processes: counts of anchors, of rows, of positives. Every process calls it
            equally often, in the same order. It passes no gradient.
    """

    rows: Int64[Tensor, " k"]
    first: bool
    total: Callable[[Tensor], Tensor]


def total(part: Part | None, count: Tensor) -> Tensor:
    """A number summed over all processes; of a process that is alone (None) the number itself."""
    return count if part is None else part.total(count)


__all__ = ["Part", "total"]
