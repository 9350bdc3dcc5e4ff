"""Where and how a training computes: device, precision, processes, CUDA graph."""

from dataclasses import dataclass

import torch

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.device import choose_device, choose_precision
from mlcl_core.engine.graph import choose_graph
from mlcl_core.engine.process_group import ProcessGroup, make_accelerator
from mlcl_core.pairs.slow import slow_paths


@dataclass(frozen=True)
class Compute:
    """What was chosen for a training.

    Attributes:
        device: Where it computes.
        group: The processes that share each batch.
        half: Whether the network computes in bfloat16.
        graphed: Whether steps are recorded as a CUDA graph.
        slow: Why this is not the fastest choice; empty where it is.
    """

    device: torch.device
    group: ProcessGroup
    half: bool
    graphed: bool
    slow: tuple[str, ...]


def choose_compute(config: TrainConfig) -> Compute:
    """Choose by a configuration, and connect the processes that were started together.

    Raises:
        InputError: The machine lacks what the configuration asks for.
    """
    with slow_paths() as slow:
        device = choose_device(config.training.device)
        precision = choose_precision(config.training.precision, device)
        accelerator, group = make_accelerator(device)
        graphed = choose_graph(config, accelerator.device, group.size)
    return Compute(accelerator.device, group, precision == "bfloat16", graphed, tuple(slow))


__all__ = ["Compute", "choose_compute"]
