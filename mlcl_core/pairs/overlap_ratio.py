"""Label by label, each reference worth the share of its own labels that the anchor has."""

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.pairs.label_shares import label_shares
from mlcl_core.pairs.rule import LabelPairs, Option, Rule


def overlap_ratio(
    pairs: LabelPairs, *, alpha: float, epsilon: float
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by its shared labels, each handing out 1/|S| among its carriers by how much of theirs is shared.

    .. math:: w_{ij} = \frac{1}{|S|} \sum_{l \in S \cap T_j} \frac{f_{ij}}{\sum_{k \ne i,\, l \in T_k} f_{ik}} \qquad
        f_{ij} = \left( \frac{|S \cap T_j|}{|T_j|} \right)^\alpha

    Args:
        pairs: The label pairs; prototypes are references like all others, with one label each.
        alpha: 0: all carriers of a label alike; the larger, the more those count that have few labels beyond the
            anchor's. Below 0: only those without any, f = 1[T subset of S].
        epsilon: Added to every sum of f, as the published code does (1e-8).

    Returns:
        Weights of one anchor sum to the share of its labels that somebody else hands something on for: to 1, where
        there are prototypes.

    Edge cases:
        An item without labels on either side: weight 0. A label that nobody else carries adds nothing.

    Relations:
        With alpha 0 it is ``mulsupcon`` with ``rows="per_anchor"``. Equals ``any_shared`` with count normalisation when
        every item has exactly one label.

    References:
        Audibert et al. 2024 (MSC without regularisation), after the published code.

    Example:
        Anchor {a, b}; others {a}, {a, c}, {b, c, d}, alpha 1: f = 1, 1/2, 1/3, so w = 1/3, 1/6, 1/2.
    """
    shared, t = pairs.counts.shared, pairs.counts.t
    if alpha < 0:
        worth = (shared == t).to(pairs.dtype)
    else:
        worth = (shared.to(pairs.dtype) / t.to(pairs.dtype).clamp_min(1)) ** alpha
    weight = label_shares(pairs, worth, epsilon) / pairs.counts.s.to(pairs.dtype).clamp_min(1)
    return weight, weight > 0


OVERLAP_RATIO = Rule(
    name="overlap_ratio",
    title="Overlap ratio (label by label)",
    formula=r"w_{ij} = \frac{1}{|S|} \sum_{l \in S \cap T_j} f_{ij} / \sum_{k \ne i,\, l \in T_k} f_{ik}, \quad "
    r"f_{ij} = (|S \cap T_j| / |T_j|)^\alpha",
    summary="Every label of the anchor hands out the same pull, shared among the items that carry it; with alpha above "
    "0 those with few labels beyond the anchor's get more of it.",
    source="MSC without regularisation: Audibert et al. 2024",
    normalise="none",
    attract=overlap_ratio,
    params={
        "alpha": Option(
            0.0,
            "0: all carriers of a label alike; larger: those with few labels beyond the anchor's count more; below 0: "
            "only those with none.",
            minimum=-1,
            maximum=16,
        ),
        "epsilon": Option(0.0, "Added to every sum of f, as the published code does (1e-8).", minimum=0, maximum=1e-3),
    },
    when_to_use="When frequent labels should not drown rare ones, and items with many other labels should pull less.",
    edge_cases="A label that no other item carries adds nothing, nor does one whose carriers all have other labels "
    "when alpha is below 0; an item without labels has weight 0.",
)
