"""Every pair opened: what the pages show of a loss, made by the functions that train."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from mlcl_core.pairs import PairWeights, dissimilarity_factor, relation_matrix, similarity_factor
from mlcl_core.pairs.relations import pair_counts


@dataclass(frozen=True)
class PairTerms:
    """Everything about every pair of anchors (rows) and others (columns), from the functions that train.

    ``shared`` = |S and T|, ``extra`` = |T minus S|, ``cosine`` = z_i.z_j, ``similarity`` s = cosine / temperature,
    ``probability`` p = share of the anchor's normaliser, ``force`` = dL_i/ds_ij (negative pulls, positive pushes),
    ``value`` L_i and ``coefficient`` c_i per anchor.
    """

    relation: UInt8[Tensor, "n m"]
    shared: Int[Tensor, "n m"]
    extra: Int[Tensor, "n m"]
    similarity_factor: Float[Tensor, "n m"]
    dissimilarity_factor: Float[Tensor, "n m"]
    attract: Float[Tensor, "n m"]
    compete: Float[Tensor, "n m"]
    positive: Bool[Tensor, "n m"]
    cosine: Float[Tensor, "n m"]
    similarity: Float[Tensor, "n m"]
    probability: Float[Tensor, "n m"]
    force: Float[Tensor, "n m"]
    value: Float[Tensor, " n"]
    coefficient: Float[Tensor, " n"]
    has_positive: Bool[Tensor, " n"]


def pair_terms(
    y_anchor: Bool[Tensor, "n c"],
    y_other: Bool[Tensor, "m c"],
    weights: PairWeights,
    *,
    cosine: Float[Tensor, "n m"],
    similarity: Float[Tensor, "n m"],
    probability: Float[Tensor, "n m"],
    force: Float[Tensor, "n m"],
    value: Float[Tensor, " n"],
    coefficient: Float[Tensor, " n"],
    has_positive: Bool[Tensor, " n"],
) -> PairTerms:
    """Add what depends on labels only: relation, shared and extra labels, the two factors."""
    counts, dtype = pair_counts(y_anchor, y_other), weights.attract.dtype
    return PairTerms(
        relation=relation_matrix(y_anchor, y_other),
        shared=counts.shared.long(),
        extra=counts.extra.long(),
        similarity_factor=similarity_factor(y_anchor, y_other, dtype=dtype),
        dissimilarity_factor=dissimilarity_factor(y_anchor, y_other, dtype=dtype),
        attract=weights.attract,
        compete=weights.compete,
        positive=weights.positive,
        cosine=cosine,
        similarity=similarity,
        probability=probability,
        force=force,
        value=value,
        coefficient=coefficient,
        has_positive=has_positive,
    )


__all__ = ["PairTerms", "pair_terms"]
