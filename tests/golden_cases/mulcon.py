"""mulcon.npz: SupConLoss of MulCon on label embeddings; points without a positive count as 0."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """``weighted`` multiplies by the overlap of two equal one-hot rows, which is 1."""
    if variant not in ("plain", "weighted", "plain_with_negatives"):
        raise UnknownVariant(variant)
    options = {
        "temperature": params["temperature"],
        "base_temperature": params["base_temperature"],
        "no_positive": "zero",
        "negatives": params["k"] if variant == "plain_with_negatives" else 0,
    }
    y, label_z = inputs["Y"], inputs["label_z"]
    values = build_loss("label_level", reduction="none", **options)(None, y, label_z=label_z)
    # negatives are points there, with a loss of 0
    joined = min(options["negatives"], int((~y).sum()))
    values = torch.cat([values, values.new_zeros(joined)])
    return Outcome(build_loss("label_level", **options)(None, y, label_z=label_z), values)
