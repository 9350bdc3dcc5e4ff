"""herocon.npz: the supervised term of HeroCon's three models; the records hold no un-reduced values."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mlcl_core.losses import build_loss
from mlcl_core.losses.hero import VARIANTS
from tests.golden_cases.outcome import Outcome, UnknownVariant


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """A model's name is the variant's."""
    if variant not in VARIANTS:
        raise UnknownVariant(variant)
    loss = build_loss("hero", variant=variant, temperature=params["temperature"])
    return Outcome(loss(inputs["z"], inputs["Y"]), None)
