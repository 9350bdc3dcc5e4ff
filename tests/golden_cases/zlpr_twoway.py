"""zlpr_twoway.npz: ZLPR of Su Jianlin and of Audibert et al., the two-way loss of Kobayashi."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """The loss of that name."""
    logits, y = inputs["logits"], inputs["Y"]
    if variant == "zlpr_su":
        return Outcome(
            build_loss("zlpr")(None, y, logits=logits), build_loss("zlpr", reduction="none")(None, y, logits=logits)
        )
    if variant == "zlpr_audibert":
        return Outcome(build_loss("zlpr")(None, y, logits=logits) - lost_maxima(logits.detach(), y), None)
    if variant == "twoway":
        options = {"positive_temperature": params["Tp"], "negative_temperature": params["Tn"]}
        # its masks are additive: logits of some hundreds leak through them, and the extreme cases have such
        return Outcome(build_loss("two_way", masking="additive", **options)(None, y, logits=logits), None)
    raise UnknownVariant(variant)


def lost_maxima(logits: Tensor, y: Tensor) -> Tensor:
    """What the published value is short by: the largest exponent of each side, which it takes off and never adds."""
    low = (-logits).masked_fill(~y, -torch.inf).amax(1)
    high = logits.masked_fill(y, -torch.inf).amax(1)
    # the published code is NaN where a side is empty; nothing is taken off there
    return (torch.nan_to_num(low, neginf=0.0) + torch.nan_to_num(high, neginf=0.0)).mean()
