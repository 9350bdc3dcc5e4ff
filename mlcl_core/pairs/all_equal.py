"""The strictest rule: only items with exactly the anchor's label set are positives."""

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.rule import Rule


def all_equal(pairs: LabelPairs) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Call a pair positive when both items carry exactly the same labels.

    .. math:: w_{ij} = 1[S = T]

    Edge cases:
        Two items without labels are not positives (unless ``empty_match``). Where every label set is unique no anchor
        has a positive and the loss is 0.

    Relations:
        Equals ``any_shared`` and ``jaccard`` when every item has exactly one label (SupCon's mask).

    References:
        "ALL" in Zhang and Wu (MulSupCon), AAAI 2024; SCL in Lin et al., Findings of ACL 2023.
    """
    counts = pairs.counts
    positive = (counts.shared == counts.s) & (counts.shared == counts.t) & (counts.shared > 0)
    return positive.to(pairs.dtype), positive


ALL_EQUAL = Rule(
    name="all_equal",
    title="All labels equal (ALL)",
    summary="Only items with exactly the same labels attract. Clear-cut, but with many labels anchors seldom find one.",
    group="equality",
    positives="Positive: items with exactly the anchor's labels. Their weights are equal.",
    source="ALL: Zhang and Wu, AAAI 2024; SCL: Lin et al., Findings of ACL 2023",
    normalise="count",
    attract=all_equal,
    reach=lambda params, c, m: 0.0,
    when_to_use="When label sets repeat often and each set means something of its own: few labels, many items.",
)
