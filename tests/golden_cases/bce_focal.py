"""bce_focal.npz: torch's binary cross-entropy with and without positive weights, torchvision's focal loss."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """bce or focal with a record's parameters."""
    if variant in ("bce", "bce_pos_weight", "multilabel_soft_margin_torch"):
        loss = build_loss("bce", reduction=params["reduction"])
        if variant == "bce_pos_weight":
            loss = loss.with_positive_weights(inputs["pos_weight"])
    elif variant == "focal_torchvision":
        loss = build_loss("focal", **params)
    else:
        raise UnknownVariant(variant)
    return Outcome(loss(None, inputs["Y"], logits=inputs["logits"]), loss.per_entry(inputs["logits"], inputs["Y"]))
