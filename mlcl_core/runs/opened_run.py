"""A run opened for what is computed after the training: its data and its network, at one of its checkpoints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.build import fitted, training_loss
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.device import choose_device, choose_precision
from mlcl_core.engine.frozen import OnProgress
from mlcl_core.engine.network import Network, build_network
from mlcl_core.engine.prepare import prepare
from mlcl_core.errors import InputError
from mlcl_core.pairs.slow import slow_paths
from mlcl_core.runs.checkpoints import complete_steps, judge
from mlcl_core.runs.feature_cache import FeatureCache
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import open_run_data

NETWORK = "network."  # how the tensors of the network begin in a checkpoint
SHOWN = 12  # steps that an error lists


@dataclass(frozen=True, eq=False)
class OpenedRun:
    """A run that is only read.

    Attributes:
        run: The run.
        config: Its configuration.
        loaded: Its items as they were loaded.
        data: The same as the network takes them.
        network: On ``device``, untrained until :meth:`load`.
        device: Where it computes.
        steps: Those of its checkpoints, ascending; at least one.
        notice: What is to be known of the data; None: nothing.
    """

    run: Run
    config: TrainConfig
    loaded: MultiLabelData
    data: MultiLabelData
    network: Network
    device: torch.device
    steps: tuple[int, ...]
    notice: str | None

    def state(self, step: int) -> dict[str, Tensor]:
        """The weights of the network at a checkpoint, on the host.

        Raises:
            InputError: There is none at that step (those that there are are named), or it is damaged.
        """
        if step not in self.steps:
            raise InputError(f"run {self.run.name!r} has no checkpoint at step {step:,}; {_listed(self.steps)}")
        folder = self.run.path / "checkpoints"
        fault, _ = judge(folder, step)
        if fault is not None:
            raise InputError(f"run {self.run.name!r}: the checkpoint at step {step:,} is damaged: {fault}")
        path = numbered_path(folder, step)
        try:
            with safe_open(str(path), framework="pt") as file:
                names = [name for name in file.keys() if name.startswith(NETWORK)]  # noqa: SIM118 - not a dict
                return {name.removeprefix(NETWORK): file.get_tensor(name) for name in names}
        except (OSError, SafetensorError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from None

    def states(self, steps: Sequence[int] | None = None) -> Iterator[tuple[int, dict[str, Tensor]]]:
        """Step and weights of several checkpoints, read one after the other; None: of all. Raises as :meth:`state`."""
        for step in self.steps if steps is None else steps:
            yield step, self.state(step)

    def load(self, step: int) -> None:
        """Give the network the weights of a checkpoint.

        Raises:
            InputError: As :meth:`state`; or the weights do not fit the network.
        """
        try:
            self.network.load_state_dict(self.state(step))
        except RuntimeError as error:
            first = str(error).splitlines()[-1].strip()
            raise InputError(f"the checkpoint at step {step:,} does not fit the network: {first}") from None


def open_run(run: Run, on_progress: OnProgress | None = None) -> OpenedRun:
    """Open the data of a run, as the network takes them, and build its network, in evaluation mode.

    Args:
        run: A run in any state.
        on_progress: Called while a frozen encoder encodes the items that are not in the cache.

    Raises:
        InputError: The run has no checkpoint; its data changed or cannot be read; the machine lacks its device.
    """
    config, steps = run.config(), tuple(complete_steps(run))
    if not steps:
        raise InputError(f"run {run.name!r} has no checkpoint: its network is not kept; train it again to have one")
    loaded, notice = open_run_data(run)
    with slow_paths():
        device = choose_device(config.training.device)
        half = choose_precision(config.training.precision, device) == "bfloat16"
    cache = FeatureCache(run.path.parent.parent)
    data = prepare(config, loaded, device, cache=cache, on_progress=on_progress, half=half)
    network = build_network(config, data, fitted(training_loss(config.loss), data))
    return OpenedRun(run, config, loaded, data, network.to(device).eval(), device, steps, notice)


def _listed(steps: Sequence[int]) -> str:
    shown = ", ".join(f"{step:,}" for step in steps[-SHOWN:])
    more = f" (and {len(steps) - SHOWN:,} earlier ones)" if len(steps) > SHOWN else ""
    return f"there are checkpoints at {shown}{more}"


__all__ = ["OpenedRun", "open_run"]
