"""Weight by the share of the anchor's labels that the reference has, discounted by the labels it has beyond them."""

from math import log
from typing import Annotated, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.options import Param
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.relations import dissimilarity_of, similarity_of
from mlcl_core.pairs.rule import Rule


def similarity_dissimilarity(
    pairs: LabelPairs,
    *,
    factors: Annotated[
        Literal["both", "similarity", "dissimilarity", "symmetric"],
        Param("Which factors make the weight; single ones and the symmetric form are the reviewers' ablations."),
    ] = "both",
    roles: Annotated[
        Literal["anchor", "reference"],
        Param("Whose labels are S: the anchor's (the paper) or the reference's (ws-MulSupCon)."),
    ] = "anchor",
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    r"""Weigh each pair by the similarity factor times the dissimilarity factor.

    .. math:: w_{ij} = K^s K^d = \frac{|S \cap T|}{|S|} \cdot \frac{1}{1 + |T \setminus S|}

    ``factors``: ``similarity`` is K^s alone; ``dissimilarity`` K^d alone, on pairs that share a label; ``symmetric``
    the Jaccard overlap over 1 + |S xor T|. An anchor that *contains* the other set (superset) weighs it |T|/|S|, one
    that is *contained* in it (subset) 1/(1+|T|-|S|) <= 1/2.

    Returns:
        Weights in [0, 1], 1 exactly for equal sets; not symmetric except ``symmetric``. Positive: any shared label.

    Edge cases:
        An item without labels on either side weighs 0; equal sets weigh exactly 1.

    Relations:
        Equals ``any_shared`` when every item has exactly one label.

    References:
        Huang, Long, Luo, arXiv 2410.13439. The authors' code could not be read: where K stands in the loss is the
        ``placement`` of the loss, ``outside`` by default (the one peer-reviewed re-implementation). Roles exchanged:
        ws-MulSupCon, MICCAI 2025.

    Example:
        S = {a, b}, T = {a, b, c}: K^s = 2/2, K^d = 1/(1+1), so w = 0.5. The other way round: 2/3 x 1 = 0.667.
    """
    counts = pairs.counts.swapped() if roles == "reference" else pairs.counts
    shared = counts.shared.to(pairs.dtype)
    # quotients with |S and T| as numerator, in place: 0 where it is 0, without a mask, and few passes over the pairs
    if factors == "both":
        weight = torch.sub(1 + counts.t.to(pairs.dtype), shared, out=None if roles == "reference" else pairs.empty())
        torch.div(shared, weight, out=weight)
        weight /= counts.s.to(pairs.dtype).clamp_min(1)
    elif factors == "similarity":
        weight = similarity_of(counts, pairs.dtype)
    elif factors == "dissimilarity":
        weight = dissimilarity_of(counts, pairs.dtype) * (shared > 0)
    else:
        union = counts.union.to(pairs.dtype)
        weight = shared / union.clamp_min(1) / (1 + union - shared)
    return weight.T if roles == "reference" else weight, pairs.shares_label


SIMILARITY_DISSIMILARITY = Rule(
    name="similarity_dissimilarity",
    title="Similarity-dissimilarity",
    summary="The share of the anchor's labels that the other has, divided by one more than the other's extra labels: "
    "an exact match pulls fully, every surplus label weakens the pull.",
    group="overlap",
    positives="Positive: items that share a label with the anchor. Weight: the share of the anchor's labels that "
    "the item has, the smaller the more labels it has beyond them.",
    source="Huang, Long, Luo, arXiv 2410.13439",
    normalise="count",
    attract=similarity_dissimilarity,
    reach=lambda params, c, m: log(c * (c + 1)),
    when_to_use="When it matters whether the other item has labels beyond the anchor's: a nested pair weighs "
    "|T|/|S| with the larger set as anchor, and at most 1/2 with the smaller one.",
)
