"""SLCL of Lin et al.: one SupCon problem a label, in which having and lacking it are the two classes."""

from math import log
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import SHARED_OPTIONS, NoLabels
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import Rule
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.relations import exact_float


def stepwise_label(
    pairs: LabelPairs, *, no_labels: NoLabels = "drop"
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by the labels that both have or both lack, each the less the more items agree with the anchor.

    .. math:: w_{ij} = \frac{1}{c} \sum_l \frac{1[y_{il} = y_{jl}]}{|P_{il}|}, \qquad
        P_{il} = \{j \ne i : y_{jl} = y_{il}\}

    Returns:
        Weights of one anchor that sum to the share of labels on which another item agrees with it.

    Edge cases:
        A label on which no item agrees with the anchor adds nothing; the division by c stays.
    """
    y, other = pairs.y_anchor, pairs.y_other
    takes_part = other.new_ones(len(other), 1) if no_labels == "keep" else other.any(1, keepdim=True)
    own = y.new_zeros(len(y), 1) if pairs.includes_self is None else pairs.includes_self
    if no_labels == "drop":
        own = own & y.any(1, keepdim=True)
    carriers = pairs.references.carriers.to(pairs.dtype)
    agreeing = torch.where(y, carriers, takes_part.sum().to(pairs.dtype) - carriers) - own.to(pairs.dtype)
    each = torch.where(agreeing > 0, 1 / agreeing.clamp_min(1), 0) / max(y.shape[1], 1)
    has, lacks = pairs.references.label.to(pairs.dtype), exact_float(~other & takes_part).to(pairs.dtype)
    with torch.autocast(device_type=each.device.type, enabled=False):
        weight = (each * y) @ has.T + (each * ~y) @ lacks.T
    agreed = y.shape[1] - (pairs.counts.union - pairs.counts.shared)
    positive = (agreed > 0) & takes_part.T
    if no_labels == "drop":
        positive = positive & y.any(1, keepdim=True)
    return weight * positive, positive


STEPWISE_RULE = Rule(
    name="stepwise_label",
    title="Label by label, absent ones too",
    summary="Every label distributes the same pull over the items that agree with the anchor on it.",
    source="SLCL in Lin et al., Findings of ACL 2023",
    normalise="none",
    attract=stepwise_label,
    reach=lambda params, c, m: log(c * m),
)


def build_stepwise_label(*, no_labels: NoLabels = "drop", **options: Any) -> WeightedSupCon:
    r"""Make the stepwise label loss: SupCon for each label with the classes 0 and 1, averaged over the labels.

    .. math:: L_i = -\frac{1}{c} \sum_l \frac{1}{|P_{il}|} \sum_{y_{jl} = y_{il}}
        \log \frac{e^{s_{ij}}}{\sum_{k \ne i} e^{s_{ik}}}

    .. math:: P_{il} = \{j \ne i : y_{jl} = y_{il}\}

    All labels share one normaliser, so this is the weighted softmax loss with :func:`stepwise_label` as its rule.

    Args:
        no_labels: An item without labels takes no part, or agrees with others on what it lacks (the published code).
        **options: Those of ``weighted_supcon`` that need no rule; the published code takes the similarity ``dot``.

    Edge cases:
        An item without labels takes no part, unless no_labels is keep; a label on which no item agrees with the anchor
        adds nothing.

    Notes:
        The published code adds a constant for such a label, and divides once more by the number of items.

    Relations:
        With a single label, items that lack it kept, SupCon on two classes.

    References:
        Lin et al., Findings of ACL 2023 (SLCL).
    """
    return WeightedSupCon(rule=STEPWISE_RULE, rule_params=STEPWISE_RULE.check({"no_labels": no_labels}), **options)


STEPWISE_LABEL = LossRecord(
    name="stepwise_label",
    title="Stepwise label loss (SLCL)",
    summary="For one label after the other, items that agree with the anchor on it attract: those that have it too, or "
    "those that lack it too.",
    group="own form",
    positives="Positive: label by label, items that have it as the anchor does, or lack it as the anchor does. "
    "Weight: summed over the labels.",
    source="SLCL in Lin et al., Findings of ACL 2023",
    build=build_stepwise_label,
    handed_on=SHARED_OPTIONS,
    when_to_use="When labels are few and balanced; with many rare labels even disjoint items attract each other.",
)
