"""ProtoOnly of Audibert et al.: items against the prototypes of all labels, and nothing between items."""

from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import NEEDS_PROTOTYPES, PROTOTYPE_OPTIONS
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import Rule
from mlcl_core.pairs.label_pairs import LabelPairs


def own_prototypes(pairs: LabelPairs) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Call the prototypes of the anchor's labels positive, and no item.

    .. math:: w_{ij} = 1[j \text{ is the prototype of a label in } S]
    """
    positive = (pairs.counts.shared > 0) & _prototypes(pairs)
    return positive.to(pairs.dtype), positive


def prototypes_compete(pairs: LabelPairs) -> Float[Tensor, "n m"]:
    """Count prototypes in the normaliser, and no item."""
    row = _prototypes(pairs)
    return row.to(pairs.dtype).expand(len(pairs.y_anchor), len(row))


def _prototypes(pairs: LabelPairs) -> Bool[Tensor, " m"]:
    if pairs.is_prototype is not None:
        return pairs.is_prototype
    return torch.zeros(len(pairs.y_other), dtype=torch.bool, device=pairs.y_other.device)


PROTOTYPES_ALONE = Rule(
    name="prototypes_alone",
    title="Prototypes alone",
    summary="The prototypes of the anchor's labels attract, all others repel; items do not see each other.",
    source="ProtoOnly: Audibert et al. 2024",
    normalise="count",
    attract=own_prototypes,
    compete=prototypes_compete,
    reach=lambda params, c, m: 0.0,
)


def build_proto_only(**options: Any) -> WeightedSupCon:
    r"""Make the prototype loss: a softmax over the prototypes of all labels, averaged over the item's labels.

    .. math:: L_i = -\frac{1}{|S|} \sum_{l \in S} \log \frac{e^{z_i \cdot c_l / \tau}}{\sum_k e^{z_i \cdot c_k / \tau}}

    Args:
        **options: temperature, reduction, no_positive.

    Edge cases:
        An item without labels contributes nothing; between two items weight and force are 0.

    Notes:
        The published code gives NaN for an item without labels. A single label in all: the loss is 0.

    Relations:
        With one label an item, the cross-entropy of a classifier whose weights are the unit prototypes.

    References:
        Audibert et al. 2024 (ProtoOnly), after the published code.
    """
    return WeightedSupCon(rule=PROTOTYPES_ALONE, prototypes_as="only", needs=NEEDS_PROTOTYPES, **options)


PROTO_ONLY = LossRecord(
    name="proto_only",
    title="Prototypes alone (ProtoOnly)",
    summary="Each item is drawn to the prototypes of its labels and driven from those of all others; items do not see "
    "each other.",
    group="own form",
    positives="Positive: the prototypes of the anchor's labels, with equal weights. Items meet prototypes and not "
    "each other.",
    source="ProtoOnly in Audibert et al. 2024",
    build=build_proto_only,
    handed_on=PROTOTYPE_OPTIONS,
    when_to_use="As the yardstick of the losses with prototypes: what prototypes give without any pair of items.",
)
