"""supcon_hobbitlong.npz: SupConLoss of HobbitLong/SupContrast with a mask, one view or two."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant

# What SupConLoss masks are called here; it averages over all anchors, so no_positive is zero everywhere.
MASKS: dict[str, dict[str, Any]] = {
    "mask_any": {"rule": "any_shared"},
    "mask_all": {"rule": "all_equal", "rule_params": {"empty_match": True}},
    "mask_jaccard": {"rule": "jaccard", "normalise": "weight_sum"},
    "mask_overlap": {
        "rule": "similarity_dissimilarity",
        "rule_params": {"factors": "similarity"},
        "normalise": "weight_sum",
    },
    "labels": {"rule": "any_shared"},
    "simclr": {"rule": "any_shared"},
}


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """SupConLoss with a mask, one view or two."""
    y = inputs["Y"]
    if variant.startswith("simclr"):
        # without labels an item is a class of its own, which its other view shares
        y = torch.eye(len(y), dtype=torch.bool)
    mask = next((name for name in MASKS if variant == name or variant.startswith(f"{name}_")), None)
    if mask is None:
        raise UnknownVariant(variant)
    options = {
        "no_positive": "zero",
        "temperature": params["temperature"],
        "base_temperature": params["base_temperature"],
        **MASKS[mask],
    }
    views = [inputs["z"], inputs.get("z2")][: params["n_views"]]
    against: dict[str, Any] = {}
    if params["contrast_mode"] == "one":
        z = views[0]
        if len(views) > 1:
            against = {"references": (torch.cat(views[1:]), y.repeat(len(views) - 1, 1)), "candidates": "both"}
    else:
        z, y = torch.cat(views), y.repeat(len(views), 1)
    values = build_loss("weighted_supcon", reduction="none", **options)(z, y, **against)
    return Outcome(build_loss("weighted_supcon", **options)(z, y, **against), values.reshape(-1, len(inputs["Y"])))
