"""Weight by what two items share, discounted by what the other one has beyond it."""

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.pairs.relations import dissimilarity_of, similarity_of
from mlcl_core.pairs.rule import LabelPairs, Option, Rule


def similarity_dissimilarity(
    pairs: LabelPairs, *, factors: str, roles: str
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    r"""Weigh each pair by the similarity factor times the dissimilarity factor.

    .. math:: K_{ij} = \underbrace{\frac{|S \cap T|}{|S|}}_{K^s} \; \underbrace{\frac{1}{1 + |T \setminus S|}}_{K^d}

    An anchor *containing* the other (superset) weighs it K = |T|/|S|, one *contained* in it (subset)
    K = 1/(1+|T|-|S|) <= 1/2.

    Args:
        pairs: The label pairs.
        factors: ``both``; ``similarity`` K^s alone; ``dissimilarity`` K^d alone on pairs that share a label;
            ``symmetric`` J / (1 + |S xor T|).
        roles: Whose labels are S: the ``anchor`` 's (the paper) or the ``reference`` 's (ws-MulSupCon, MICCAI 2025).

    Returns:
        Weights in [0, 1], 1 exactly for equal sets; not symmetric except ``symmetric``. Positive: any shared label.

    Edge cases:
        An item without labels on either side: weight 0.

    Relations:
        Equals ``any_shared`` when every item has exactly one label.

    References:
        Huang, Long, Luo, arXiv 2410.13439. The authors' code could not be read: where K stands in the loss is the
        ``placement`` of the loss, ``outside`` by default (the one peer-reviewed re-implementation).

    Example:
        S = {a, b}, T = {a, b, c}: K^s = 2/2, K^d = 1/(1+1), so w = 0.5. The other way round: 2/3 x 1 = 0.667.
    """
    counts = pairs.counts.swapped() if roles == "reference" else pairs.counts
    shared = counts.shared.to(pairs.dtype)
    # quotients of what is shared, in place: 0 where nothing is, without a mask, and few passes over the pairs
    if factors == "both":
        weight = torch.sub(1 + counts.t.to(pairs.dtype), shared, out=None if roles == "reference" else pairs.new())
        torch.div(shared, weight, out=weight)
        weight /= counts.s.to(pairs.dtype).clamp_min(1)
    elif factors == "similarity":
        weight = similarity_of(counts, pairs.dtype)
    elif factors == "dissimilarity":
        weight = dissimilarity_of(counts, pairs.dtype) * (shared > 0)
    else:
        union = counts.union.to(pairs.dtype)
        weight = shared / union.clamp_min(1) / (1 + union - shared)
    return weight.T if roles == "reference" else weight, pairs.sharing


SIMILARITY_DISSIMILARITY = Rule(
    name="similarity_dissimilarity",
    title="Similarity-dissimilarity",
    formula=r"w_{ij} = K^s K^d = \frac{|S \cap T|}{|S|} \cdot \frac{1}{1 + |T \setminus S|}",
    summary="The share of the anchor's labels that the other has, divided by one more than the other's extra labels: "
    "an exact match pulls fully, every surplus label weakens the pull.",
    source="Huang, Long, Luo, arXiv 2410.13439",
    normalise="count",
    attract=similarity_dissimilarity,
    when_to_use="When it matters whether the other item has labels beyond the anchor's: a nested pair weighs "
    "|T|/|S| with the larger set as anchor, and at most 1/2 with the smaller one.",
    edge_cases="An item without labels on either side weighs 0; equal sets weigh exactly 1.",
    params={
        "factors": Option(
            "both",
            "Which factors make the weight; single ones and the symmetric form are the reviewers' ablations.",
            choices=("both", "similarity", "dissimilarity", "symmetric"),
        ),
        "roles": Option(
            "anchor",
            "Whose labels are S: the anchor's (the paper) or the reference's (ws-MulSupCon).",
            choices=("anchor", "reference"),
        ),
    },
)
