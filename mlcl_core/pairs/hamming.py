"""Weight by the share of labels on which two items agree, absent ones included."""

from math import log

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.rule import Rule


def hamming(pairs: LabelPairs) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by one minus the normalised Hamming distance of the label vectors.

    .. math:: w_{ij} = 1 - |S \triangle T| / c

    Every other item is a positive, disjoint ones too, as soon as the two agree on one of the c labels.

    Returns:
        Weights in [0, 1], 1 exactly for equal sets; symmetric.

    Edge cases:
        Complementary sets weigh 0 and are not positives; an item without labels has no positives and is not a positive
        of another.

    Relations:
        No other rule here depends on c: a label that no item carries raises every weight below 1. With one label each,
        two classes weigh 1 - 2/c.

    References:
        g_ij of HeroCon, Zheng et al., KDD 2022, as a weight outside the logarithm.

    Example:
        c = 4, sets {a, b} and {b, c}: they differ on a and c, so w = 1 - 2/4.
    """
    counts, c = pairs.counts, max(pairs.y_other.shape[1], 1)
    agreed = c - (counts.union - counts.shared)
    positive = (agreed > 0) & (counts.s > 0) & (counts.t > 0)
    return agreed.to(pairs.dtype) / c * positive, positive


HAMMING = Rule(
    name="hamming",
    title="Hamming agreement",
    summary="Two items attract each other by the share of all labels on which they agree; labels that both lack "
    "count as agreement.",
    group="overlap",
    positives="Positive: items with labels that agree with the anchor on some label, by having it or by lacking it. "
    "Weight: the share of the labels on which they agree.",
    source="The pair weight of HeroCon: Zheng et al., KDD 2022",
    normalise="weight_sum",
    attract=hamming,
    reach=lambda params, c, m: log(c),
    when_to_use="When labels are few and dense, so that lacking a label says as much as having it; with many rare "
    "labels the weights crowd near 1.",
)
