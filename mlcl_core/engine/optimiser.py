"""The optimiser of a configuration."""

import torch
from torch import nn

from mlcl_core.engine.config import OptimiserConfig


def build_optimiser(network: nn.Module, options: OptimiserConfig) -> torch.optim.Optimizer:
    """AdamW or SGD over the parameters that require a gradient; no decay on one-dimensional ones (biases, norms).

    The learning rate is set again before each step (:func:`mlcl_core.engine.schedule.learning_rate`).
    """
    learnt = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learnt if p.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [p for p in learnt if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if options.name == "sgd":
        return torch.optim.SGD(groups, lr=options.learning_rate, momentum=options.momentum)
    return torch.optim.AdamW(groups, lr=options.learning_rate)
