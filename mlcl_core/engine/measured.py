"""Loss and duration of a training step, which a GPU may still be computing."""

from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import torch
from torch import Tensor


class Measured(Protocol):
    """Both numbers of a step; reading one waits until the step is computed."""

    @property
    def loss(self) -> float:
        """The loss of the batch."""
        ...

    @property
    def seconds(self) -> float:
        """Duration of the step: on the CPU by the clock, on a GPU from its first operation to its last."""
        ...


@dataclass(frozen=True)
class MeasuredNow:
    """The numbers of a step that is computed."""

    loss: float
    seconds: float


class StepClock:
    """Measures a step, from the moment when the clock is made.

    Args:
        device: Where the step is computed. A CUDA device measures itself, so that the step need not wait for it.
    """

    def __init__(self, device: torch.device):
        """Start the clock."""
        self._begun = _cuda_time() if device.type == "cuda" else None
        self._seconds = perf_counter()

    def stop(self, loss: Tensor) -> Measured:
        """Both numbers, once the last operation of the step is under way."""
        if self._begun is not None:
            return MeasuredLater(loss, self._begun)
        value = float(loss)
        return MeasuredNow(value, perf_counter() - self._seconds)


class MeasuredLater:
    """The numbers of a step that a CUDA device computes.

    Args:
        loss: The loss on the device; it may be overwritten by operations that follow.
        begun: Event before the first operation of the step.
    """

    def __init__(self, loss: Tensor, begun: torch.cuda.Event):
        """Copy the loss beside the operations that follow."""
        self._loss = _pinned(loss)
        self._loss.copy_(loss, non_blocking=True)
        self._begun, self._ended = begun, _cuda_time()

    @property
    def loss(self) -> float:
        """The loss of the batch."""
        self._ended.synchronize()
        return float(self._loss)

    @property
    def seconds(self) -> float:
        """Duration of the step on the device."""
        self._ended.synchronize()
        return self._begun.elapsed_time(self._ended) / 1000


def _pinned(like: Tensor) -> Tensor:
    """Memory of the host to which a device copies without being waited for."""
    return torch.empty(like.shape, dtype=like.dtype, pin_memory=True)


def _cuda_time() -> torch.cuda.Event:
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


__all__ = ["Measured", "MeasuredNow", "StepClock"]
