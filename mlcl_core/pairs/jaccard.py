"""Weight by the share of labels that two items have in common."""

from collections.abc import Mapping
from math import inf, log
from typing import Annotated, Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.options import Param
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.rule import Rule


def jaccard(
    pairs: LabelPairs,
    *,
    threshold: Annotated[float, Param("Pairs whose overlap is at or below it are not positives.", ge=0, le=1)] = 0.0,
    power: Annotated[float, Param("Exponent of the overlap; above 1 it favours near-equal sets.", ge=0, le=16)] = 1.0,
    inclusive: Annotated[bool, Param("Exactly the threshold counts as a positive.")] = False,
    epsilon: Annotated[float, Param("Added to the union, as published codes do (1e-8).", ge=0, le=1e-3)] = 0.0,
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by the share of its labels that both items carry.

    .. math:: w_{ij} = |S \cap T| / |S \cup T|

    This overlap J is raised to ``power``, and w is 0 where J is at or below ``threshold``.

    Returns:
        Weights in [0, 1], symmetric; with ``power`` 0 every positive has weight 1.

    Edge cases:
        Two items without labels have J = 0. With threshold 0 inclusive every pair is a positive, disjoint ones with
        weight 0.

    Relations:
        Equals ``all_equal`` when every item has exactly one label (SupCon's mask).

    References:
        Zaigrajew and Zieba 2022 (MultiSupCon); the base loss of Audibert et al. 2024.

    Example:
        Sets {a, b} and {a}: 1 shared of 2, so w = 0.5.
    """
    shared, union = pairs.counts.shared.to(pairs.dtype), pairs.counts.union.to(pairs.dtype)
    share = shared / (union + epsilon if epsilon else union.clamp_min(1))
    positive = share >= threshold if inclusive else share > threshold
    weight = torch.where(shared > 0, share.clamp_min(torch.finfo(pairs.dtype).tiny) ** power, torch.zeros_like(share))
    return weight * positive, positive


def jaccard_reach(params: Mapping[str, Any], c: int, m: int) -> float:
    """One label of c in common, to the power; every disjoint pair weighs 0 and is a positive from threshold 0 on."""
    if params["inclusive"] and params["threshold"] == 0:
        return inf
    return float(params["power"] * log(c + params["epsilon"]))


JACCARD = Rule(
    name="jaccard",
    title="Jaccard overlap",
    summary="The more of their labels two items share, the stronger they attract: one shared of five pulls a fifth.",
    group="overlap",
    positives="Positive: items that share a label with the anchor. Weight: the labels they share, out of the labels "
    "that either has.",
    source="MultiSupCon: Zaigrajew and Zieba 2022; Base: Audibert et al. 2024",
    normalise="count",
    attract=jaccard,
    reach=jaccard_reach,
    when_to_use="When label sets differ in size and an extra label on either side should cost the same.",
)
