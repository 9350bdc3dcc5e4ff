"""The most generous rule: one shared label makes a positive."""

from jaxtyping import Float
from torch import Tensor

from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.rule import Rule


def any_shared(pairs: LabelPairs) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    r"""Call a pair positive, with weight 1, when the two items share at least one label.

    .. math:: w_{ij} = 1[|S \cap T| > 0]

    Edge cases:
        An item without labels has no positives and is not a positive of another.

    Relations:
        Equals ``all_equal`` when every item has exactly one label (SupCon's mask).

    References:
        "ANY" in Zhang and Wu (MulSupCon), AAAI 2024.
    """
    positive = pairs.shares_label
    return positive, positive


ANY_SHARED = Rule(
    name="any_shared",
    title="Any shared label (ANY)",
    summary="One shared label is enough to attract, and all positives weigh the same. Fewer anchors starve than where "
    "sets must be equal, but differences blur.",
    group="overlap",
    positives="Positive: items that share a label with the anchor. Their weights are equal.",
    source="ANY: Zhang and Wu, AAAI 2024",
    normalise="count",
    attract=any_shared,
    reach=lambda params, c, m: 0.0,
    when_to_use="When label sets rarely repeat, so that stricter rules leave many anchors without a positive.",
)
