"""The launches of the fused kernels: items as the kernels take them, sums and values, and the gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import e as euler
from math import log2

import torch
from torch import Tensor

from mlcl_core.losses.core.fused.path import COMMON
from mlcl_core.losses.core.fused.problem import NORMALISE_CODES, Constants, FusedProblem
from mlcl_core.losses.core.inputs import MIN_LENGTH

SUMS, FACTORS = 8, 5  # numbers of an anchor between the kernels
ROWS = 16  # items of a program that takes them one by one
NO_SELF, SAME, GIVEN = range(3)  # where anchors meet their own items


@dataclass(frozen=True)
class Side:
    """Anchors or references: embeddings in parts that follow each other, and what the kernels take.

    Args:
        parts: The embeddings as they come.
        points: All of them, normalised for cosines, in the type that products take, padded.
        labels: 0 or 1, padded.
        sizes: |S|.
        lengths: One over the length of each embedding, for cosines.
    """

    parts: Sequence[Tensor]
    points: Tensor
    labels: Tensor
    sizes: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, parts: Sequence[Tensor], y: Tensor, problem: FusedProblem, constants: Constants) -> "Side":
        """The items with embeddings ``parts`` and labels ``y``: one launch for each part."""
        from mlcl_core.losses.core.fused import items

        (n, c), y = y.shape, y.contiguous().view(torch.uint8)
        parts = [part.contiguous() for part in parts]
        points = torch.empty(n, constants.width, dtype=problem.operands, device=y.device)
        labels = torch.empty(n, constants.padded, dtype=torch.int8, device=y.device)
        sizes, lengths = torch.empty(2, n, dtype=torch.float32, device=y.device)
        side = cls(parts, points, labels, sizes, lengths)
        for part, at in zip(parts, side.places, strict=True):
            if k := len(part):
                items.prepare[(-(-k // ROWS),)](
                    part, y[at], points[at], labels[at], sizes[at], lengths[at], k, part.shape[1], c, MIN_LENGTH,
                    UNIT=problem.is_cosine, BM=ROWS, BD=constants.width, CP=constants.padded, **COMMON,
                )  # fmt: skip
        return side

    def __len__(self) -> int:
        """Number of items."""
        return len(self.sizes)

    @property
    def places(self) -> list[slice]:
        """Where each part lies."""
        ends = [sum(map(len, self.parts[: k + 1])) for k in range(len(self.parts))]
        return [slice(end - len(part), end) for part, end in zip(self.parts, ends, strict=True)]

    def part(self, k: int) -> "Side":
        """One part alone."""
        at = self.places[k]
        return Side([self.parts[k]], self.points[at], self.labels[at], self.sizes[at], self.lengths[at])

    @property
    def arrays(self) -> tuple[Tensor, Tensor, Tensor]:
        """What kernels over pairs take."""
        return self.points, self.labels, self.sizes


class Launches:
    """One call: the arrays that lie between the kernels, and their launches.

    Args:
        anchors, references: Both sides; the same object for a batch against itself, where no item meets itself.
        problem, constants: What is computed, and what kernels are compiled for.
        self_index: Column of each anchor's own item among other references, -1 for none; None: nothing is excluded.
    """

    def __init__(
        self,
        anchors: Side,
        references: Side,
        problem: FusedProblem,
        constants: Constants,
        self_index: Tensor | None = None,
    ) -> None:
        """Take both sides; the kernels run later."""
        self.anchors, self.references, self.problem = anchors, references, problem
        self.constants, self.self_index = constants, self_index
        self.own = None if self_index is None else self_index.to(torch.int32)
        self.scale = log2(euler) / problem.temperature
        self.factors = torch.empty(FACTORS * len(anchors), dtype=torch.float32, device=anchors.points.device)

    def value(self) -> tuple[Tensor, Tensor]:
        """The sum of all values, and the number of anchors with a positive."""
        from mlcl_core.losses.core.fused import items
        from mlcl_core.losses.core.fused.sums import sums

        n, m, form, size = len(self.anchors), len(self.references), self.problem.form, self.problem.plan.sums
        device, splits = self.factors.device, self.problem.plan.splits(n, m, size)
        total = torch.empty((), dtype=torch.float32, device=device)
        count = torch.empty((), dtype=torch.int64, device=device)
        if not n or not m:
            return total.zero_(), count.zero_()
        values, partial = torch.empty((1 + splits * SUMS) * n, dtype=torch.float32, device=device).split(
            [n, splits * SUMS * n]
        )
        has = torch.empty(n, dtype=torch.int32, device=device)
        itself = NO_SELF if self.own is None else GIVEN
        sums[(-(-n // size.rows), splits)](
            *self.anchors.arrays, *self.references.arrays, self.own, partial, n, m, splits, self.scale,
            SELF=SAME if self.anchors is self.references else itself, **self.constants.of_tiles, **size.launch(),
        )  # fmt: skip
        items.combine[(-(-n // 64),)](
            self.anchors.sizes, partial, values, self.factors, has, n, splits, form.epsilon, form.scale,
            **self.constants.of_form, NORMALISE=NORMALISE_CODES[form.normalise], BM=64, num_warps=2,
            **COMMON,
        )  # fmt: skip
        items.add_up[(1,)](values, has, total, count, n, B=1024, **COMMON)
        return total, count

    def gradients(self, needed: Sequence[bool]) -> list[Tensor]:
        """The gradients of the sum by the anchors and by each part of other references, where they are ``needed``; once
        :meth:`value` has run.
        """
        of_anchors, *of_parts = needed
        if self.anchors is self.references:
            return [self._both_ways()] if of_anchors else []
        found = [self._one_way(self.anchors, self.references, self.own, are_anchors=True)] if of_anchors else []
        own = self._own_anchors() if self.own is not None and any(of_parts) else None
        for k, (at, need) in enumerate(zip(self.references.places, of_parts, strict=True)):
            if need:
                side, its_own = self.references.part(k), None if own is None else own[at]
                found.append(self._one_way(side, self.anchors, its_own, are_anchors=False))
        return found

    def _both_ways(self) -> Tensor:
        from mlcl_core.losses.core.fused.square_kernels import gradient

        n, size = len(self.anchors), self.problem.plan.gradient
        shares = self._shares(n, n)
        if n:
            gradient[(-(-n // size.rows), len(shares))](
                *self.anchors.arrays, self.factors, shares, n, len(shares), self.scale, **self.constants.of_tiles,
                SYMMETRIC=self.problem.expression.symmetric, **size.launch(),
            )  # fmt: skip
        return self._finished(self.anchors, shares)

    def _own_anchors(self) -> Tensor:
        """The anchor whose own item each reference is, -1 for none."""
        assert self.self_index is not None
        n, m, device = len(self.anchors), len(self.references), self.factors.device
        # anchors without an own item write to a place behind all references
        at = torch.where(self.self_index < 0, m, self.self_index)
        anchors = torch.arange(n, dtype=torch.int32, device=device)
        return torch.full((m + 1,), -1, dtype=torch.int32, device=device).scatter_(0, at, anchors)

    def _one_way(self, side: Side, other: Side, own: Tensor | None, *, are_anchors: bool) -> Tensor:
        from mlcl_core.losses.core.fused.one_way_kernels import one_way_gradient

        n, m, size = len(side), len(other), self.problem.plan.gradient
        shares = self._shares(n, m)
        if not m:
            shares.zero_()
        elif n:
            one_way_gradient[(-(-n // size.rows), len(shares))](
                *side.arrays, *other.arrays, own, self.factors, shares, n, m, len(shares), self.scale,
                ANCHORS=are_anchors, SELF=NO_SELF if own is None else GIVEN, **self.constants.of_tiles, **size.launch(),
            )  # fmt: skip
        return self._finished(side, shares)

    def _shares(self, n: int, m: int) -> Tensor:
        """An array for the gradients of n items by each share of m others."""
        splits = self.problem.plan.splits(n, m, self.problem.plan.gradient)
        return torch.empty(splits, n, self.constants.width, dtype=torch.float32, device=self.factors.device)

    def _finished(self, side: Side, shares: Tensor) -> Tensor:
        """The gradient of the embeddings of a side of one part, as they came."""
        from mlcl_core.losses.core.fused.items import finish

        (z,), (n, d) = side.parts, side.parts[0].shape
        grad = torch.empty_like(z)
        if n:
            finish[(-(-n // ROWS),)](
                z, side.lengths, shares, grad, n, d, len(shares), 1 / self.problem.temperature,
                UNIT=self.problem.is_cosine, BM=ROWS, BD=self.constants.width, **COMMON,
            )  # fmt: skip
        return grad


__all__ = ["Launches", "Side"]
