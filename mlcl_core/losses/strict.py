"""SCL of Lin et al.: only items with exactly the same labels attract."""

from typing import Annotated, Any

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import SHARED_OPTIONS
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.options import Param
from mlcl_core.pairs import RULES


def build_strict(
    *,
    empty_match: Annotated[
        bool, Param("Two items without labels attract each other, as in the published code.")
    ] = True,
    **options: Any,
) -> WeightedSupCon:
    r"""Make the strict contrastive loss: SupCon whose classes are the label sets.

    .. math:: L_i = -\frac{1}{|P(i)|} \sum_{S = T} \log \frac{e^{s_{ij}}}{\sum_{k \ne i} e^{s_{ik}}}

    .. math:: P(i) = \{j \ne i : S = T\}

    Args:
        empty_match: Two items without labels have equal label sets and attract, as the published code has it.
        **options: Those of ``weighted_supcon`` that need no rule; the published code takes the similarity ``dot``.

    Edge cases:
        Two items without labels are positives of each other (unless empty_match is off); an anchor whose label set no
        other item has contributes nothing.

    Notes:
        The published code adds a constant for an anchor without a positive.

    Relations:
        ``weighted_supcon`` with the rule ``all_equal``; with one label an item it is SupCon.

    References:
        Lin et al., Findings of ACL 2023 (SCL): dot products of embeddings that are not normalised, tau searched in 0.5
        to 2, a base temperature of 0.07, and a small weight beside cross-entropy. By itself it trains better on
        cosines, the default here.
    """
    return WeightedSupCon(rule=RULES["all_equal"], rule_params={"empty_match": empty_match}, **options)


STRICT = LossRecord(
    name="strict",
    title="Strict contrastive loss (SCL)",
    summary="Only items with exactly the anchor's labels attract it: every label set is a class of its own.",
    group="own form",
    positives="Positive: items with exactly the anchor's labels. Their weights are equal, and the space may be that "
    "of the logits.",
    source="SCL in Lin et al., Findings of ACL 2023",
    build=build_strict,
    handed_on=SHARED_OPTIONS,
    when_to_use="When label sets repeat often, and beside a classification loss with a small weight.",
)
