"""Label by label, where an item counts the less the more labels the pair has, and prototypes count as one."""

from collections.abc import Mapping
from math import inf, log
from typing import Annotated, Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.options import Param
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.label_shares import label_shares
from mlcl_core.pairs.rule import Rule


def msc(
    pairs: LabelPairs,
    *,
    alpha: Annotated[float, Param("The value of an item beside a prototype.", ge=0, le=100)] = 1.0,
    epsilon: Annotated[float, Param("Added to n_il, as the published code does (1e-8).", ge=0, le=1e-3)] = 0.0,
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by its shared labels, each distributing 1 over its prototype and the items that carry it.

    .. math:: w_{ij} = \sum_{l \in S \cap T_j} v_{ij} / n_{il}, \quad v_{ij} = \alpha / |S \cup T_j|

    v is the value of an item, a key or an entry of a queue; a prototype has v = 1. n_il is the sum of v over the other
    references that carry label l, plus epsilon. The published loss divides by |S| (``normalise="labels"``) and counts
    items as beta in the normaliser (:func:`msc_compete`).

    Returns:
        Weights of one anchor sum to the number of its labels that another reference carries: all of them, where there
        are prototypes.

    Edge cases:
        Without prototypes alpha cancels and beta counts as 1; a label that no other item carries adds nothing; an item
        without labels has weight 0.

    Relations:
        Equals ``any_shared`` with count normalisation when every item has exactly one label and there are no
        prototypes.

    References:
        Audibert et al. 2024 (MSC), after the published code.

    Example:
        Anchor {a, b}; {a} and both prototypes, alpha 1: v = 1/2, 1, 1, so n_a = 1.5, n_b = 1 and w = 1/3, 2/3, 1.
    """
    union = pairs.counts.union.to(pairs.dtype).clamp_min(1)
    value = alpha / union
    if pairs.is_prototype is not None:
        value.masked_fill_(pairs.is_prototype, 1)
    weight = label_shares(pairs, value, epsilon)
    return weight, weight > 0


def msc_compete(
    pairs: LabelPairs,
    *,
    beta: Annotated[
        float,
        Param("What an item counts in the normaliser, where prototypes count 1; without prototypes 1.", ge=0, le=100),
    ] = 0.1,
) -> Float[Tensor, "n m"] | None:
    r"""Count items as beta in the normaliser and prototypes as 1.

    .. math:: b_{ij} = \beta \text{ (item)}, \; 1 \text{ (prototype)}

    Edge cases:
        Without prototypes items count as 1.

    References:
        Audibert et al. 2024 (MSC).
    """
    if pairs.is_prototype is None:
        return None
    # one row, expanded over the anchors: no n x m array is made
    counts_fully = pairs.is_prototype | ~pairs.is_prototype.any()
    row = torch.full_like(pairs.is_prototype, beta, dtype=pairs.dtype).masked_fill_(counts_fully, 1)
    return row.expand(len(pairs.y_anchor), len(row))


# Below it sums of values may be smaller than label_shares divides by.
MIN_ALPHA = 1e-20


def msc_reach(params: Mapping[str, Any], c: int, m: int) -> float:
    """The smallest share is that of an item with all labels beside m prototypes or items, the largest sum is c."""
    alpha, beta = params["alpha"], params["beta"]
    if 0 < alpha < MIN_ALPHA:
        return inf
    smallest = min(alpha / c, 1.0) if alpha > 0 else 1.0
    share = log(c) - log(smallest) + log(m * max(alpha, 1.0) + 1)
    return max(share, abs(log(beta)) if beta > 0 else 0.0)


MSC = Rule(
    name="msc",
    title="MSC (label by label, with prototypes)",
    summary="Every label of the anchor hands out the same pull, shared among the label's prototype and the items that "
    "carry it, an item getting the less the more labels the two have together.",
    group="by label",
    positives="Positive: items that share a label with the anchor. Weight: each label of the anchor hands out pull, "
    "smaller parts to items that bring further labels, the largest to the label's prototype.",
    source="MSC: Audibert et al. 2024",
    normalise="labels",
    attract=msc,
    compete=msc_compete,
    reach=msc_reach,
    when_to_use="When labels are many and rare: each has a prototype to hold on to, also where no other item carries "
    "it.",
)
