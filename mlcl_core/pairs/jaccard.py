"""Weight by the share of labels that two items have in common."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.pairs.rule import LabelPairs, Option, Rule


def jaccard(
    pairs: LabelPairs, *, threshold: float, power: float, inclusive: bool, epsilon: float
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by the share of its labels that both items carry.

    .. math:: J_{ij} = \frac{|S \cap T|}{|S \cup T|} \qquad w_{ij} = J_{ij}^{power}\, 1[J_{ij} > threshold]

    Args:
        pairs: The label pairs.
        threshold: Pairs at or below it are no positives.
        power: Exponent of J; above 1 it favours near-equal sets, 0 gives every positive weight 1.
        inclusive: Whether exactly the threshold is a positive (>=). With threshold 0 every pair is then counted as
            a positive, disjoint ones with weight 0.
        epsilon: Added to the union, as published codes do (1e-8).

    Edge cases:
        Two items without labels: J = 0.

    Relations:
        Symmetric. Equals ``all_equal`` when every item has exactly one label (SupCon's mask).

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


JACCARD = Rule(
    name="jaccard",
    title="Jaccard overlap",
    formula=r"w_{ij} = |S \cap T| / |S \cup T|",
    summary="The more of their labels two items share, the stronger they attract: one shared of five pulls a fifth.",
    source="MultiSupCon: Zaigrajew and Zieba 2022; Base: Audibert et al. 2024",
    normalise="count",
    attract=jaccard,
    when_to_use="When label sets differ in size and an extra label on either side should cost the same.",
    edge_cases="Two items without labels: J = 0; with threshold 0 inclusive every pair is a positive, disjoint ones "
    "with weight 0.",
    params={
        "threshold": Option(0.0, "Pairs whose overlap is at or below it are no positives.", minimum=0, maximum=1),
        "power": Option(1.0, "Exponent of the overlap; above 1 it favours near-equal sets.", minimum=0, maximum=16),
        "inclusive": Option(False, "Exactly the threshold counts as a positive."),
        "epsilon": Option(0.0, "Added to the union, as published codes do (1e-8).", minimum=0, maximum=1e-3),
    },
)
