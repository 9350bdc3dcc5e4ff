"""Milliseconds of the parts of a training step: each is called as the engine calls it, and waited for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

import torch

from mlcl_core.engine.loop import Trainer


def parts_ms(trainer: Trainer, steps: int) -> dict[str, float]:
    """The median over some steps, part by part; ``other`` is the rest of the step. Two steps more warm up.

    Waiting after each part makes steps slower on a GPU, where parts run ahead of each other otherwise.
    """
    seconds: list[dict[str, float]] = []
    stepping = trainer.steps()
    for _ in range(steps + 2):
        found: dict[str, float] = {}
        with _watched(trainer, found):
            begun = _now(trainer.device)
            next(stepping)
            found["other"] = _now(trainer.device) - begun - sum(found.values())
        seconds.append(found)
    return {part: round(1e3 * median(one[part] for one in seconds[2:]), 3) for part in seconds[-1]}


@contextmanager
def _watched(trainer: Trainer, found: dict[str, float]) -> Iterator[None]:
    """Add the seconds of each part of the steps inside to ``found``."""
    step = trainer.stepper
    places: tuple[tuple[str, Any, str], ...] = (
        ("views", step.items, "views"),
        ("labels", step.items, "labels"),
        ("network", step.network, "forward"),
        ("loss", type(trainer.loss), "value"),
        ("backward", torch.Tensor, "backward"),
        ("clip", torch.nn.utils, "clip_grad_norm_"),
        ("optimiser", step.optimiser, "step"),
    )
    with ExitStack() as patched:
        for part, owner, name in places:
            timed = _timed(part, getattr(owner, name), trainer.device, found)
            patched.enter_context(patch.object(owner, name, timed))
        yield


def _timed(part: str, call: Callable[..., Any], device: torch.device, found: dict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        begun = _now(device)
        result = call(*args, **kwargs)
        found[part] = found.get(part, 0.0) + _now(device) - begun
        return result

    return timed


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return perf_counter()


__all__ = ["parts_ms"]
