"""The terms of every pair of a loss, as the functions that train compute them."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from mlcl_core.pairs import PairWeights, dissimilarity_factor, relation_matrix, similarity_factor
from mlcl_core.pairs.relations import PairCounts, pair_counts


@dataclass(frozen=True)
class PairTerms:
    """All terms of every pair of an anchor (row) and a reference (column), from the functions that train.

    ``cosine`` z_i.z_j; ``scaled_cosine`` s_ij, the cosine over the temperature, or what a loss has in its place (a dot
    product, a negative distance); ``probability`` p_ij, the pair's share of the anchor's normaliser; ``force``
    dL_i / ds_ij (negative pulls together, positive pushes apart); ``value`` L_i and ``coefficient`` c_i per anchor.
    Terms that depend on labels alone are computed on first access.
    """

    y_anchor: Bool[Tensor, "n c"]
    y_other: Bool[Tensor, "m c"]
    attract: Float[Tensor, "n m"]
    compete: Float[Tensor, "n m"]
    positive: Bool[Tensor, "n m"]
    cosine: Float[Tensor, "n m"]
    scaled_cosine: Float[Tensor, "n m"]
    probability: Float[Tensor, "n m"]
    force: Float[Tensor, "n m"]
    value: Float[Tensor, " n"]
    coefficient: Float[Tensor, " n"]
    has_positive: Bool[Tensor, " n"]

    @cached_property
    def relation(self) -> UInt8[Tensor, "n m"]:
        """Codes of :class:`mlcl_core.pairs.Relation`."""
        return relation_matrix(self.y_anchor, self.y_other)

    @cached_property
    def shared(self) -> Int[Tensor, "n m"]:
        """|S and T|."""
        return self._counts.shared.long()

    @cached_property
    def extra(self) -> Int[Tensor, "n m"]:
        """|T minus S|."""
        return self._counts.extra.long()

    @cached_property
    def similarity_factor(self) -> Float[Tensor, "n m"]:
        """K^s."""
        return similarity_factor(self.y_anchor, self.y_other, dtype=self.attract.dtype)

    @cached_property
    def dissimilarity_factor(self) -> Float[Tensor, "n m"]:
        """K^d."""
        return dissimilarity_factor(self.y_anchor, self.y_other, dtype=self.attract.dtype)

    @cached_property
    def _counts(self) -> PairCounts:
        return pair_counts(self.y_anchor, self.y_other)


def pair_terms(
    y_anchor: Bool[Tensor, "n c"], y_other: Bool[Tensor, "m c"], weights: PairWeights, **rest: Tensor
) -> PairTerms:
    """Pair terms from labels, weights and ``rest``, the fields of :class:`PairTerms` after the weights."""
    return PairTerms(y_anchor, y_other, weights.attract, weights.compete, weights.positive, **rest)


__all__ = ["PairTerms", "pair_terms"]
