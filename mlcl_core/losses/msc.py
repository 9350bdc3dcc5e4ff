"""MSC of Audibert et al.: items and the prototypes of their labels attract each other, label by label."""

from typing import Any

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import NEEDS_PROTOTYPES, PROTOTYPE_OPTIONS
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import RULES


def build_msc(*, alpha: float, beta: float, epsilon: float, **options: Any) -> WeightedSupCon:
    r"""Make the MSC loss: each label of the anchor distributes 1 over its prototype and the items that carry it.

    .. math:: L_i = -\frac{1}{|S|} \sum_j \sum_{l \in S \cap T_j} \frac{v_{ij}}{n_{il}}
        \log \frac{e^{s_{ij}}}{\sum_k b_{ik} e^{s_{ik}}}

    over the other items (v = alpha / |S or T|, b = beta) and the prototypes (v = b = 1).

    Args:
        alpha: What an item is worth beside a prototype, before it is divided by the labels of the pair.
        beta: What an item counts in the normaliser beside a prototype.
        epsilon: Added to n_il, as the published code does (1e-8).
        **options: temperature, reduction, no_positive.

    Edge cases:
        An item without labels contributes nothing; an item with labels always has a positive, the prototype.

    Notes:
        An item without labels is no positive of another either (the published code gives NaN).

    Relations:
        ``weighted_supcon`` with the rule ``msc`` and prototypes.

    References:
        Audibert et al. 2024, after the published code; its trainer takes alpha 1, beta 0.1, temperature 0.1.
    """
    rule = RULES["msc"]
    params = {"alpha": alpha, "beta": beta, "epsilon": epsilon}
    return WeightedSupCon(rule=rule, rule_params=params, needs=NEEDS_PROTOTYPES, **options)


MSC = LossRecord(
    name="msc",
    title="Multi-label contrast with prototypes (MSC)",
    summary="Each label of an item pulls it to the label's learnt prototype and to the items that carry it; prototypes "
    "also weigh more in the normaliser.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: as by the rule of this name; prototypes "
    "of labels pull too.",
    source="MSC in Audibert et al. 2024",
    build=build_msc,
    handed_on={**PROTOTYPE_OPTIONS, **RULES["msc"].params},
    when_to_use="When labels are many and rare: a label that no other item of the batch carries still has its "
    "prototype.",
)
