"""MSC of Audibert et al.: items and the prototypes of their labels attract each other, label by label."""

from typing import Any

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.with_prototypes import NEEDS, prototype_options
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import RULES


def build_msc(*, alpha: float, beta: float, epsilon: float, **options: Any) -> WeightedSupCon:
    r"""Make the MSC loss: each label of the anchor hands out 1 among its prototype and the items that carry it.

    .. math:: L_i = -\frac{1}{|S|} \sum_j w_{ij} \log \frac{e^{s_{ij}}}{\sum_k b_{ik} e^{s_{ik}}}, \qquad
        w_{ij} = \sum_{l \in S \cap T_j} \frac{v_{ij}}{n_{il}}

    over the other items (v = alpha / |S or T|, b = beta) and the prototypes (v = b = 1).

    Args:
        alpha: What an item is worth beside a prototype, before it is divided by the labels of the pair.
        beta: What an item counts in the normaliser beside a prototype.
        epsilon: Added to n_il, as the published code does (1e-8).
        **options: temperature, reduction, no_positive.

    Edge cases:
        An item without labels contributes nothing and is nobody's positive (the published code gives NaN). An item that
        has any has a positive: the prototype.

    Relations:
        ``weighted_supcon`` with the rule ``msc`` and prototypes.

    References:
        Audibert et al. 2024, after the published code; its trainer takes alpha 1, beta 0.1, temperature 0.1.
    """
    rule = RULES["msc"]
    params = rule.check({"alpha": alpha, "beta": beta, "epsilon": epsilon})
    return WeightedSupCon(rule=rule, rule_params=params, needs=NEEDS, **options)


MSC = LossRecord(
    name="msc",
    title="Multi-label contrast with prototypes (MSC)",
    formula=r"L_i = -\frac{1}{|S|} \sum_j \sum_{l \in S \cap T_j} \frac{v_{ij}}{n_{il}} "
    r"\log \frac{e^{s_{ij}}}{\sum_k b_{ik} e^{s_{ik}}}",
    summary="Each label of an item pulls it to the label's learnt prototype and to the items that carry it; prototypes "
    "also weigh more in the normaliser.",
    source="MSC in Audibert et al. 2024",
    needs=NEEDS,
    build=build_msc,
    options={**prototype_options(), **RULES["msc"].params},
    when_to_use="When labels are many and rare: a label that no other item of the batch carries still has its "
    "prototype.",
    edge_cases="An item without labels contributes nothing; an item with labels always has a positive, the prototype.",
)
