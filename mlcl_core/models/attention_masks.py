"""Attention masks of the transformers library, made without asking the device what they hide."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from torch import nn

# On the configuration of a model: it gets a mask where something is padded, and None where nothing is.
TOLD = "padding_is_told"


def tell_padding(model: nn.Module) -> None:
    """Make the library believe that a mask given to this model hides something.

    By itself it looks (``padding_mask.all()``) whether it can leave the mask out, for which the host waits until the
    device has caught up. Other models of the process are left alone.
    """
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, AttentionMaskInterface

    for name in ("sdpa", "eager"):
        if not hasattr(ALL_MASK_ATTENTION_FUNCTIONS[name], TOLD):
            AttentionMaskInterface.register(name, _told(ALL_MASK_ATTENTION_FUNCTIONS[name]))
    for module in model.modules():
        if hasattr(module, "config"):
            setattr(module.config, TOLD, True)


def _told(make: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(make)
    def mask(*sizes: Any, **options: Any) -> Any:
        if options.get("attention_mask") is not None and getattr(options.get("config"), TOLD, False):
            options |= {"allow_is_causal_skip": False, "allow_is_bidirectional_skip": False}
        return make(*sizes, **options)

    setattr(mask, TOLD, True)
    return mask


__all__ = ["tell_padding"]
