"""Shared by the pretrained encoders: opening a model, choosing its trained layers, recomputing states."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mlcl_core.errors import InputError
from mlcl_core.models.pretrained import checked_folder


def opened(folder: Path, kind: str) -> Any:
    """The model of a folder, ready to be trained, in float32; no code and no pickle of the folder is run.

    Raises:
        InputError: It can't be opened.
    """
    checked_folder(folder, kind)
    from transformers import AutoModel  # four seconds to import, and only pretrained encoders need it
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        with torch.random.fork_rng(devices=[]):
            model = AutoModel.from_pretrained(
                folder, use_safetensors=True, trust_remote_code=False, local_files_only=True, dtype=torch.float32
            )
    except Exception as error:  # the library and its dependencies raise many kinds
        raise unreadable(folder, error) from error
    if getattr(model.config, "is_encoder_decoder", False):
        model = model.get_encoder()
    # the mode of any new module, so that the modules of a network agree
    return model.train()


def unreadable(folder: Path, error: Exception) -> InputError:
    """The error for a folder that the library can't open."""
    lines = (str(error).strip() or type(error).__name__).splitlines()
    return InputError(f"{folder} can't be opened by transformers: {type(error).__name__}: {lines[0][:300]}")


def blocks(model: nn.Module) -> nn.ModuleList:
    """The layers of a model, in the order of their use."""
    stacks = [module for module in model.modules() if isinstance(module, nn.ModuleList)]
    return max(stacks, key=len, default=nn.ModuleList())


def learn_last(model: nn.Module, layers: int) -> None:
    """Train the last ``layers`` of the model's blocks and all modules after them; 0: the whole model.

    Raises:
        InputError: The model has fewer blocks.
    """
    if not layers:
        return
    found = blocks(model)
    if layers > len(found):
        raise InputError(f"pretrained.layers is {layers}; this model has {len(found)}")
    # parameters are listed in the order of their use
    first = next(iter(found[len(found) - layers].parameters()))
    learns = False
    for parameter in model.parameters():
        learns |= parameter is first
        parameter.requires_grad_(learns)


def recomputed(forward: Callable[[Tensor], Tensor], x: Tensor, model: nn.Module, *, again: bool) -> Tensor:
    """``forward(x)``; with ``again`` its states are not stored but computed again in the backward pass."""
    if again and torch.is_grad_enabled() and any(weight.requires_grad for weight in model.parameters()):
        return checkpoint(forward, x, use_reentrant=False)
    return forward(x)
