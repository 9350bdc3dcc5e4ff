"""The answer of a rule for a set of pairs: written out for readers, or as a tile for the kernel."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from mlcl_core.pairs.self_pairs import SelfPairs


@dataclass(frozen=True)
class PairWeights:
    """Weights of all pairs of an anchor i and a reference j.

    ``attract`` w: how strongly i pulls j, 0 on pairs that are not positive; ``compete`` b: how much j counts in the
    normaliser of i, 0 for the anchor itself, else 1 unless the rule says otherwise; ``positive``: whether j is a
    positive of i.
    """

    attract: Float[Tensor, "n m"]
    compete: Float[Tensor, "n m"]
    positive: Bool[Tensor, "n m"]

    def has_competitor(self) -> Bool[Tensor, " n"]:
        """Whether any reference counts in the anchor's normaliser."""
        return self.compete.sum(1) > 0


@dataclass(frozen=True)
class TileWeights:
    """The same weights for a tile of anchors, as the kernel takes them.

    ``compete`` None stands for 1 everywhere. ``positive`` is 1 or 0 in a float type: on a CPU it is written and summed
    three to six times faster than booleans. On the pair of an anchor with itself (``own``; None: nothing is excluded)
    ``attract`` and ``positive`` are 0 and ``compete`` is arbitrary: call :meth:`zero_self_pairs` before a sum over it.
    """

    attract: Float[Tensor, "n m"]
    positive: Float[Tensor, "n m"]
    compete: Float[Tensor, "n m"] | None
    own: SelfPairs | None

    def zero_self_pairs(self, x: Shaped[Tensor, "n m"]) -> None:
        """Set the pair of each anchor with itself to 0, in place."""
        if self.own is not None:
            self.own.zero(x)

    def has_competitor(self) -> Bool[Tensor, " n"] | None:
        """Whether any reference counts in the anchor's normaliser; None where ``compete`` is 1 everywhere."""
        if self.compete is None:
            return None
        total = self.compete.sum(1)
        if self.own is not None and self.compete.shape[1] > 0:
            # exact where it matters: beside zeros the sum is the self pair's entry to the last bit
            total -= self.own.of(self.compete)[:, 0]
        return total > 0

    def without(self, kept: Bool[Tensor, " m"]) -> "TileWeights":
        """The same weights, with 0 in all columns that are not kept."""
        compete = torch.ones_like(self.attract) if self.compete is None else self.compete
        return TileWeights(self.attract * kept, self.positive * kept, compete * kept, self.own)

    def whole(self) -> PairWeights:
        """The same weights with ``compete`` written out and ``positive`` as booleans."""
        compete = torch.ones_like(self.attract) if self.compete is None else self.compete.clone()
        self.zero_self_pairs(compete)
        return PairWeights(self.attract, compete, self.positive > 0)


__all__ = ["PairWeights", "TileWeights"]
