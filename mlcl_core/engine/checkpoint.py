"""The complete state of a training, as tensors and plain values, without pickle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from mlcl_core.engine.events import Later
from mlcl_core.engine.host_copy import to_host
from mlcl_core.engine.optimiser import load_optimiser
from mlcl_core.errors import InputError


@dataclass(frozen=True)
class Checkpoint:
    """Named tensors (network, optimiser, random states) and JSON values.

    The values are the step, the settings changed so far, where in its epoch the training stands (not in checkpoints of
    versions before 0.3, when all epochs were alike), the seconds, and the groups of the optimiser.
    """

    step: int
    tensors: dict[str, Tensor]
    values: dict[str, Any]

    @property
    def whole(self) -> bool:
        """Whether everything that :func:`unpack` needs is there; a file of another program may lack it."""
        return self.values.keys() >= VALUES and "random.torch" in self.tensors


VALUES = {"step", "settings", "seconds", "optimiser_groups", "optimiser_scalars"}


def pack(values: Mapping[str, Any], modules: Mapping[str, nn.Module], optimiser: Optimizer) -> Later[Checkpoint]:
    """Copy the state to the CPU.

    Args:
        values: What JSON holds beside the optimiser's: step, settings, epoch, seconds.
        modules: By name: the network, and the momentum encoder and queue, if any.
        optimiser: The optimiser.
    """
    tensors = {
        f"{prefix}.{name}": tensor for prefix, module in modules.items() for name, tensor in module.state_dict().items()
    }
    state = optimiser.state_dict()
    scalars: dict[str, dict[str, Any]] = {}
    for index, of_parameter in state["state"].items():
        for key, value in of_parameter.items():
            if isinstance(value, Tensor):
                tensors[f"optimiser.{index}.{key}"] = value
            elif value is not None:
                scalars.setdefault(str(index), {})[key] = value
    copies = to_host(tensors, changing=True)
    random = {"random.torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        random["random.cuda"] = torch.cuda.get_rng_state()
    whole = {
        **values,
        "optimiser_groups": [_plain(group) for group in state["param_groups"]],
        "optimiser_scalars": scalars,
    }
    step = values["step"]
    return Later(step, Checkpoint, copies.nbytes, lambda: Checkpoint(step, copies.wait() | random, whole))


def unpack(checkpoint: Checkpoint, modules: Mapping[str, nn.Module], optimiser: Optimizer) -> None:
    """Restore the state, on the devices of modules and optimiser.

    Raises:
        InputError: The checkpoint belongs to another network.
    """
    try:
        for prefix, module in modules.items():
            module.load_state_dict(_under(checkpoint.tensors, f"{prefix}."))
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise InputError(f"the checkpoint at step {checkpoint.step} does not fit the network: {first}") from None
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in _under(checkpoint.tensors, "optimiser.").items():
        index, key = name.split(".", 1)
        # a copy: the optimiser updates its state in place, and the checkpoint must not change
        state.setdefault(int(index), {})[key] = tensor.clone()
    for index, values in checkpoint.values["optimiser_scalars"].items():
        state.setdefault(int(index), {}).update(values)
    groups = [dict(group) for group in checkpoint.values["optimiser_groups"]]
    for group in groups:
        if "betas" in group:
            group["betas"] = tuple(group["betas"])  # JSON has lists only
    load_optimiser(optimiser, {"state": state, "param_groups": groups})
    torch.set_rng_state(checkpoint.tensors["random.torch"])
    if "random.cuda" in checkpoint.tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(checkpoint.tensors["random.cuda"])


def _plain(group: dict[str, Any]) -> dict[str, Any]:
    """A group without a learning rate on the device, which is set again before each step."""
    return {name: value for name, value in group.items() if not isinstance(value, Tensor)}


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
