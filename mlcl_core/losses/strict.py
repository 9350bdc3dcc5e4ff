"""SCL of Lin et al.: only items with exactly the same labels attract."""

from typing import Any

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import machine_options
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import RULES, Option


def build_strict(*, empty_match: bool, **options: Any) -> WeightedSupCon:
    r"""Make the strict contrastive loss: SupCon whose classes are the label sets.

    .. math:: L_i = -\frac{1}{|P(i)|} \sum_{j \in P(i)} \log \frac{e^{s_{ij}}}{\sum_{k \ne i} e^{s_{ik}}}, \qquad
        P(i) = \{j \ne i : S = T\}

    Args:
        empty_match: Two items without labels have equal label sets and attract, as the published code has it.
        **options: Those of ``weighted_supcon`` that need no rule; the published code takes the similarity ``dot``.

    Edge cases:
        An anchor whose label set nobody else has contributes nothing (the published code adds a constant).

    Relations:
        ``weighted_supcon`` with the rule ``all_equal``; with one label an item it is SupCon.

    References:
        Lin et al., Findings of ACL 2023 (SCL): dot products of embeddings that are not normalised, tau searched in 0.5
        to 2, a base temperature of 0.07, and a small weight beside cross-entropy. By itself it trains better on
        cosines, the default here.
    """
    rule = RULES["all_equal"]
    return WeightedSupCon(rule=rule, rule_params=rule.check({"empty_match": empty_match}), **options)


STRICT = LossRecord(
    name="strict",
    title="Strict contrastive loss (SCL)",
    formula=r"L_i = -\frac{1}{|P(i)|} \sum_{S = T} \log \frac{e^{s_{ij}}}{\sum_{k \ne i} e^{s_{ik}}}",
    summary="Only items with exactly the anchor's labels attract it: every label set is a class of its own.",
    source="SCL in Lin et al., Findings of ACL 2023",
    needs=frozenset({"embeddings"}),
    build=build_strict,
    options={
        **machine_options(),
        "empty_match": Option(True, "Two items without labels attract each other, as in the published code."),
    },
    when_to_use="When label sets repeat often, and beside a classification loss with a small weight.",
    edge_cases="Two items without labels are positives of each other (unless empty_match is off); an anchor whose "
    "label set no other item has contributes nothing.",
)
