"""Weight by how many labels two items share."""

from math import log

from jaxtyping import Float
from torch import Tensor

from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.rule import Rule


def label_dot(pairs: LabelPairs) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    r"""Weigh each pair by the number of labels that both items carry, the dot product of their label vectors.

    .. math:: w_{ij} = |S \cap T|

    The published coefficient is w_ij over the sum of the anchor's weights: normalisation ``weight_sum``, this rule's
    own.

    Returns:
        Whole numbers, beyond 1 where several labels are shared; symmetric. Positive: any shared label.

    Edge cases:
        An item without labels has no positives and is not a positive of another; with one label per item the rule is
        SupCon.

    Relations:
        Equals ``any_shared`` when every item has exactly one label.

    References:
        Su, Wang, Dai, "Contrastive learning-enhanced nearest neighbor mechanism for multi-label text classification",
        ACL 2022 (with minus the Euclidean distance for similarity; here with the similarity of the loss).

    Example:
        Sets {a, b, c} and {a, b}: w = 2; beside one other positive of w = 1, the coefficient is 2/3.
    """
    shared = pairs.counts.shared
    # a copy where the types agree: the counts stay as they are when self pairs are set to 0
    return shared.to(pairs.dtype, copy=True), pairs.shares_label


LABEL_DOT = Rule(
    name="label_dot",
    title="Label dot product",
    summary="Every shared label adds one to the weight, and an anchor divides its pull in proportion.",
    group="overlap",
    positives="Positive: items that share a label with the anchor. Weight: the number of labels they share.",
    source="Su, Wang, Dai, ACL 2022",
    normalise="weight_sum",
    attract=label_dot,
    reach=lambda params, c, m: log(c),
    when_to_use="When the number of common labels says how close two items are, and label sets are of similar size: "
    "labels that only one of the two has cost nothing here.",
)
