"""Label by label, where a reference counts by the share of its own labels that the anchor has."""

from math import log
from typing import Annotated

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.options import Param
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.label_shares import label_shares
from mlcl_core.pairs.rule import Rule


def overlap_ratio(
    pairs: LabelPairs,
    *,
    alpha: Annotated[
        float,
        Param(
            "0: all carriers of a label alike; larger: those with few labels beyond the anchor's count more; below 0: "
            "only those with none.",
            ge=-1,
            le=16,
        ),
    ] = 0.0,
    epsilon: Annotated[
        float, Param("Added to every sum of f, as the published code does (1e-8).", ge=0, le=1e-3)
    ] = 0.0,
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by its shared labels, each distributing 1/|S| by the share of a carrier's labels that is shared.

    .. math:: w_{ij} = \frac{1}{|S|} \sum_{l \in S \cap T_j} f_{ij} / \sum_{k \ne i,\, l \in T_k} f_{ik}, \quad
        f_{ij} = (|S \cap T_j| / |T_j|)^\alpha

    Prototypes are references like all others, with one label each. With alpha below 0, f = 1[T subset of S].

    Returns:
        Weights of one anchor sum to the share of its labels that have a carrier of f > 0: to 1, where there are
        prototypes.

    Edge cases:
        A label that no other item carries adds nothing, nor does one whose carriers all have other labels when alpha is
        below 0; an item without labels has weight 0.

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
        value = (shared == t).to(pairs.dtype)
    else:
        value = (shared.to(pairs.dtype) / t.to(pairs.dtype).clamp_min(1)) ** alpha
    weight = label_shares(pairs, value, epsilon) / pairs.counts.s.to(pairs.dtype).clamp_min(1)
    return weight, weight > 0


OVERLAP_RATIO = Rule(
    name="overlap_ratio",
    title="Overlap ratio (label by label)",
    summary="Every label of the anchor hands out the same pull, shared among the items that carry it; with alpha above "
    "0 those with few labels beyond the anchor's get more of it.",
    group="by label",
    positives="Positive: items that share a label with the anchor. Weight: each label of the anchor hands out an "
    "equal part of one pull, split among the items that have it.",
    source="MSC without regularisation: Audibert et al. 2024",
    normalise="none",
    attract=overlap_ratio,
    reach=lambda params, c, m: (max(params["alpha"], 0) + 1) * log(c) + log(m + 1),
    when_to_use="When frequent labels should not drown rare ones, and items with many other labels should pull less.",
)
