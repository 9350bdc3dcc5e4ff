"""supcon_pml.npz: SupConLoss of pytorch-metric-learning, with pairs by labels or given, against batch or queue."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant

# which pairs were handed in as positive; the rest of all pairs were handed in as negative
PAIRS: dict[str, dict[str, Any]] = {
    "labels": {"rule": "any_shared"},
    "pairs_any": {"rule": "any_shared"},
    "pairs_all": {"rule": "all_equal", "rule_params": {"empty_match": True}},
    "pairs_any_queue_only": {"rule": "any_shared"},
}


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """Anchors without a positive are left out; a batch without any negative pair is 0."""
    if variant not in PAIRS:
        raise UnknownVariant(variant)
    options = {"temperature": params["temperature"], "no_negative": "zero", **PAIRS[variant]}
    against: dict[str, Any] = {}
    if variant.endswith("queue_only"):
        against = {"references": (inputs["queue_z"], inputs["queue_Y"]), "candidates": "references"}
    z, y = inputs["z"], inputs["Y"]
    values = build_loss("weighted_supcon", reduction="none", **options)(z, y, **against)
    return Outcome(build_loss("weighted_supcon", **options)(z, y, **against), values)
