"""Pairs of items for which a formula has no weight: it divides by zero there, is not finite, or is negative."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.pairs.expression import parse
from mlcl_core.pairs.formula import may_be_positive, values_of
from mlcl_core.pairs.label_pairs import label_pairs
from mlcl_core.pairs.self_pairs import self_pairs

FaultKind = Literal["divides by zero", "is not finite", "is negative"]


@dataclass(frozen=True)
class FormulaFault:
    """Pairs that a formula gives no weight.

    Attributes:
        kind: What the formula does there.
        pairs: How many pairs.
        among: Of how many: those that are positive where the value is above 0.
        first: Anchor and reference of the first of them, in reading order.
        divisor: What is 0 at the first of them, as it is written; empty for the other kinds.
    """

    kind: FaultKind
    pairs: int
    among: int
    first: tuple[int, int]
    divisor: str = ""


def formula_faults(
    y_anchor: Bool[Tensor, "n c"],
    y_other: Bool[Tensor, "m c"],
    *,
    expression: str,
    positive: str = "shared",
    self_index: Int64[Tensor, " n"] | None = None,
    label_weights: Float[Tensor, " c"] | None = None,
    dtype: torch.dtype = torch.float32,
) -> list[FormulaFault]:
    """The faults of a formula on these pairs, each pair under the first kind that fits; empty: it has none.

    Arguments are those of :meth:`mlcl_core.pairs.Rule.weights` and of the rule ``formula``, whose weights of these
    pairs are 0. Pairs that are not positive whatever the value have no fault.

    Raises:
        InputError: A formula that cannot be read, or one with ``rare`` where there are no label weights.

    Example:
        ``both / only_t`` on two equal sets: the pair divides by zero, and the divisor is ``only_t``.
    """
    f = parse(expression)
    pairs = label_pairs(
        y_anchor,
        y_other,
        own=self_pairs(self_index),
        kind=None,
        prepared=None,
        dtype=dtype,
        label_weights=label_weights,
    )
    values, shape = values_of(pairs, f), pairs.counts.shared.shape
    value = f(values).broadcast_to(shape)
    left = may_be_positive(pairs, positive).clone()
    pairs.zero_self_pairs(left)
    among, infinite = int(left.sum()), ~value.isfinite()
    zeros = [(text, step(values).eq(0).broadcast_to(shape)) for text, step in f.divisors]
    by_zero = infinite & torch.stack([zero for _, zero in zeros] or [torch.zeros_like(left)]).any(0)
    kinds: dict[FaultKind, Tensor] = {"divides by zero": by_zero, "is not finite": infinite, "is negative": value < 0}
    found = []
    for kind, at in kinds.items():
        here = at & left
        left &= ~at
        if here.any():
            row, column = divmod(int(here.flatten().int().argmax()), shape[1])
            divisor = next((text for text, zero in zeros if zero[row, column]), "") if kind == "divides by zero" else ""
            found.append(FormulaFault(kind, int(here.sum()), among, (row, column), divisor))
    return found


__all__ = ["FaultKind", "FormulaFault", "formula_faults"]
