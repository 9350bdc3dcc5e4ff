"""asl.npz: the asymmetric loss of Alibaba-MIIL (both classes) and of Audibert et al."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant

# The optimized class computes the same in place; Audibert et al. differ in their parameters only.
VARIANTS = ("official", "official_optimized", "audibert")


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """The asymmetric loss with a record's parameters."""
    if variant not in VARIANTS:
        raise UnknownVariant(variant)
    loss = build_loss(
        "asl",
        gamma_neg=params["gamma_neg"],
        gamma_pos=params["gamma_pos"],
        clip=params["clip"],
        epsilon=params["eps"],
        detach=params["detach_focal_weight"],
        reduction=params["reduction"],
    )
    return Outcome(loss(None, inputs["Y"], logits=inputs["logits"]), loss.per_entry(inputs["logits"], inputs["Y"]))
