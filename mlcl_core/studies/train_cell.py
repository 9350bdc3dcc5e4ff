"""The training of a cell: steps without events, and the state of the network at a few moments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter

import torch
from torch import Tensor

from mlcl_core.engine.checkpoint import Checkpoint
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.events import FrameTaken, StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.measure import encode

# Shares of the steps after which the state is kept: the best of them on validation is evaluated.
MOMENTS = (0.4, 0.6, 0.8, 1.0)
WATCHED_ITEMS = 300  # of a cell that is a run directory too
NEVER = 1_000_000

OnStep = Callable[[int, int], None]
"""Is called with the steps done and their total; an exception ends the training."""


@dataclass
class Trained:
    """A training that came to its end.

    Attributes:
        trainer: The trainer.
        states: Weights of the network on the host, by step.
        checkpoints: Complete states by step, where they were asked for.
        frames: The watched items at the beginning and at the end, where they were asked for.
        steps: What was measured of each step.
        seconds: Of the steps alone.
        threads: CPU threads of torch.
    """

    trainer: Trainer
    states: dict[int, Mapping[str, Tensor]] = field(default_factory=dict)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    frames: list[FrameTaken] = field(default_factory=list)
    steps: list[StepDone] = field(default_factory=list)
    seconds: float = 0.0
    threads: int = field(default_factory=torch.get_num_threads)


def watching(config: TrainConfig, record: bool) -> TrainConfig:
    """The configuration with what is watched of a cell: frames at its moments, of few items; or none, of two."""
    items = min(config.watch.items, WATCHED_ITEMS) if record else 2
    watch = {"items": items, "frame_every": NEVER, "batch_every": NEVER, "checkpoint_every": NEVER}
    return config.model_copy(update={"watch": config.watch.model_copy(update=watch)})


def moments_of(total: int) -> list[int]:
    """The steps after which the state is kept.

    Example:
        >>> moments_of(50), moments_of(2)
        ([20, 30, 40, 50], [1, 2])
    """
    return sorted({max(1, round(total * share)) for share in MOMENTS})


def train_cell(trainer: Trainer, *, record: bool, on_step: OnStep) -> Trained:
    """Train to the end.

    Args:
        trainer: Before its first step.
        record: Whether frames and complete states are kept too.
        on_step: Called after each step.

    Raises:
        RunFailed: The loss became NaN or infinite, or memory ran out.
    """
    found, due = Trained(trainer), set(moments_of(trainer.total))
    if record:
        found.frames.append(trainer.frame_taken())
    begun = perf_counter()
    for _, done in trainer.steps():
        found.steps.append(done)
        if trainer.step in due:
            _ = done.loss  # waits for a GPU
            found.seconds += perf_counter() - begun
            trainer.seconds = found.seconds
            _observe(found, record)
            begun = perf_counter()
        on_step(trainer.step, trainer.total)
    return found


def frame_of_best(found: Trained, step: int) -> None:
    """Add the frame of a moment, whose weights the network has, in its place among the others."""
    if step in {frame.step for frame in found.frames}:
        return
    trainer = found.trainer
    watch, loss = trainer.watch, trainer.loss
    seen = encode(trainer.network, trainer.data, watch.ids, trainer.device)
    metrics = watch.measure(loss, seen)
    frame = FrameTaken(step, watch.ids, seen.z, seen.h, metrics, trainer.settings, seen.prototypes)
    found.frames.insert(1, frame)


def _observe(found: Trained, record: bool) -> None:
    trainer = found.trainer
    if record:
        if trainer.step == trainer.total:
            found.frames.append(trainer.frame_taken())
        found.checkpoints[trainer.step] = checkpoint = trainer.checkpoint()
        prefix = "network."
        state = {name: tensor for name, tensor in checkpoint.tensors.items() if name.startswith(prefix)}
        found.states[trainer.step] = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    else:
        state = trainer.network.state_dict()
        found.states[trainer.step] = {name: tensor.detach().to("cpu", copy=True) for name, tensor in state.items()}


__all__ = ["Trained", "frame_of_best", "moments_of", "train_cell", "watching"]
