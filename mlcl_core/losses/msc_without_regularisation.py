"""MSCWRG of Audibert et al.: items and prototypes alike are anchors and references, label by label."""

from typing import Any

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import NEEDS_PROTOTYPES, PROTOTYPE_OPTIONS
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import RULES


def build_msc_without_regularisation(*, alpha: float, epsilon: float, **options: Any) -> WeightedSupCon:
    r"""Make MSC without regularisation: all items and all prototypes against all others of them.

    .. math:: L_i = -\sum_{j \ne i} w_{ij} \log \frac{e^{s_{ij}}}{\sum_{k \ne i} e^{s_{ik}}}, \quad
        w_{ij} = \frac{1}{|S|} \sum_{l \in S \cap T_j} f_{ij} / \sum_{k \ne i,\, l \in T_k} f_{ik}

    .. math:: f_{ij} = \left( \frac{|S \cap T_j|}{|T_j|} \right)^\alpha

    Args:
        alpha: 0: all carriers of a label alike; larger: those with few labels beyond the anchor's count more; below 0:
            only those with none.
        epsilon: Added to every sum of f, as the published code does (1e-8).
        **options: temperature, reduction (``none`` gives the items' values, then the prototypes'), no_positive.

    Edge cases:
        Items without labels, and prototypes of labels that no item carries, contribute nothing and are left out of the
        mean.

    Notes:
        The published code gives NaN for items without labels, and leaves such prototypes out too.

    Relations:
        ``weighted_supcon`` with the rule ``overlap_ratio`` on the batch and its prototypes taken for one batch.

    References:
        Audibert et al. 2024, after the published code; its configuration takes alpha 0, temperature 0.1.
    """
    rule, params = RULES["overlap_ratio"], {"alpha": alpha, "epsilon": epsilon}
    return WeightedSupCon(rule=rule, rule_params=params, prototypes_as="anchors", needs=NEEDS_PROTOTYPES, **options)


MSC_WITHOUT_REGULARISATION = LossRecord(
    name="msc_without_regularisation",
    title="MSC without regularisation (MSCWRG)",
    summary="Items and prototypes stand in one crowd: each pulls the others that carry its labels, a prototype pulls "
    "all the items of its label.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: each label of the anchor hands out an "
    "equal part of one pull, to the items and the prototype that have it.",
    source="MSCWRG in Audibert et al. 2024",
    build=build_msc_without_regularisation,
    handed_on={**PROTOTYPE_OPTIONS, **RULES["overlap_ratio"].params},
    when_to_use="When prototypes should be drawn by their items as well as draw them: they settle in the middle of a "
    "label.",
)
