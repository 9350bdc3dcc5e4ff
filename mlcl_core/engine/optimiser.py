"""The optimiser of a configuration."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from mlcl_core.engine.config import OptimiserConfig

# Options of a group that say how it is computed, and not what: those of the machine it runs on hold.
COMPUTED_AS = ("lr", "fused", "foreach", "capturable")


def build_optimiser(network: nn.Module, options: OptimiserConfig, *, on_device: bool = False) -> Optimizer:
    """AdamW or SGD over the parameters that require a gradient; no decay on one-dimensional ones (biases, norms).

    The learning rate is set again before each step (:func:`mlcl_core.engine.schedule.learning_rate`).

    Args:
        network: Has the parameters.
        options: Which optimiser, and its options.
        on_device: One kernel updates all parameters of a group, and the learning rate is a number on their device,
            which a CUDA graph reads at each launch; for GPUs.
    """
    learnt = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learnt if p.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [p for p in learnt if p.ndim <= 1], "weight_decay": 0.0},
    ]
    rate: Any = options.learning_rate
    if on_device:
        rate = torch.tensor(rate, device=learnt[0].device)
    fused = True if on_device else None
    if options.name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=options.momentum, fused=fused)
    return torch.optim.AdamW(groups, lr=rate, fused=fused, capturable=on_device)


def set_learning_rate(optimiser: Optimizer, rate: float) -> None:
    """The learning rate of the next step, for all parameters."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def load_optimiser(optimiser: Optimizer, state: Mapping[str, Any]) -> None:
    """Load a state dict, which may come from another kind of device."""
    saved = zip(state["param_groups"], optimiser.param_groups, strict=True)
    groups = [group | {name: own[name] for name in COMPUTED_AS if name in own} for group, own in saved]
    optimiser.load_state_dict({"state": state["state"], "param_groups": groups})
    for group in optimiser.param_groups:
        for parameter in group["params"] if group.get("fused") else ():
            _lay_as(parameter, optimiser.state[parameter])


def _lay_as(parameter: Tensor, state: dict[str, Any]) -> None:
    """Averages in the parameter's own order in memory (channels last), which files do not keep and one kernel needs."""
    for key, value in state.items():
        if isinstance(value, Tensor) and value.shape == parameter.shape and value.stride() != parameter.stride():
            state[key] = torch.empty_like(parameter).copy_(value)


__all__ = ["build_optimiser", "load_optimiser", "set_learning_rate"]
