"""A function of tensors of fixed shapes as a CUDA graph: recorded once, then launched as one operation."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor

from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.models import ENCODERS
from mlcl_core.pairs.slow import slow

# Calls that are watched before the function counts as one that waits for the device: another thread may have waited.
TRIES = 3

T = TypeVar("T")


class GraphedCall(Generic[T]):
    """Calls a function a few times, then records its operations on the device and launches the recording.

    What the function does in Python happens while it is recorded and not afterwards, and its results are the tensors
    of the recording: the next call overwrites them.

    Attributes:
        obstacle: Why the last call was neither one of the first few nor a launch of the recording; empty where it was.
        for_good: Whether that will not change.
    """

    def __init__(self) -> None:
        """Nothing is recorded yet."""
        self.obstacle, self.for_good = "", False
        self._key: object = None
        self._calls, self._ready = 0, False
        self._shapes: list[torch.Size] = []
        self._inputs: list[Tensor] = []
        self._replay: Callable[[], T] | None = None

    def __call__(self, function: Callable[..., T], key: object, *inputs: Tensor) -> T:
        """The function's results.

        Args:
            function: Takes tensors of the device; values on the device decide about none of its operations.
            key: What the operations depend on beside shapes: another object means another recording.
            inputs: Tensors on the device.
        """
        shapes = [x.shape for x in inputs]
        if key is not self._key or shapes != self._shapes:
            self.obstacle = "shapes change from step to step" if key is self._key else ""
            self.for_good, self._key, self._shapes = False, key, shapes
            self._calls, self._ready, self._replay = 0, False, None
            return _beside(function, inputs)
        if self.for_good:
            return function(*inputs)
        self.obstacle = ""
        if not self._ready:
            return self._try(function, inputs)
        if self._replay is None:
            self._inputs = [x.clone() for x in inputs]
            self._replay = _recorded(function, self._inputs)
        else:
            for own, given in zip(self._inputs, inputs, strict=True):
                own.copy_(given)
        return self._replay()

    def _try(self, function: Callable[..., T], inputs: Sequence[Tensor]) -> T:
        """An ordinary call; whether it waits for the device shows whether the next one can be recorded."""
        self._calls += 1
        results, waits = _watched(lambda: _beside(function, inputs))
        self._ready = not waits
        if waits and self._calls == TRIES:
            self.obstacle = f"it reads numbers from the device while it computes ({waits[0]})"
            self.for_good = True
        return results


def choose_graph(config: TrainConfig, device: torch.device, processes: int) -> bool:
    """Whether steps are recorded as a CUDA graph; on CUDA, ``auto`` reports the reason where they are not.

    Raises:
        InputError: ``training.graph`` is on and they cannot be.
    """
    wanted = config.training.graph
    if wanted == "off":
        return False
    reason = _why_not(config, device, processes)
    if reason and wanted == "on":
        raise InputError(f"training.graph is 'on', and {reason}; auto or off would do")
    if reason and device.type == "cuda":
        slow(f"training.graph auto: {reason}, so steps are no CUDA graph")
    return not reason


def _why_not(config: TrainConfig, device: torch.device, processes: int) -> str:
    if device.type != "cuda":
        return f"a CUDA graph needs a CUDA device, not {device.type}"
    if processes > 1:
        return f"{processes} processes exchange embeddings within a step"
    if ENCODERS[config.model.encoder].pretrained:
        return "shapes change from batch to batch with a pretrained encoder in the network"
    return ""


def _beside(function: Callable[..., T], inputs: Sequence[Tensor]) -> T:
    """Call a function in the stream that recordings are made in: gradients remember the stream of their parameters."""
    ours, stream = torch.cuda.current_stream(), _stream()
    stream.wait_stream(ours)
    with torch.cuda.stream(stream):
        results = function(*inputs)
    ours.wait_stream(stream)
    return results


def _watched(call: Callable[[], T]) -> tuple[T, list[str]]:
    """The results of a call, and the places where it waited for the device."""
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            results = call()
        finally:
            torch.cuda.set_sync_debug_mode(before)
    waits = [entry for entry in found if "called a synchronizing" in str(entry.message)]
    return results, [f"{Path(entry.filename).name}, line {entry.lineno}" for entry in waits]


def _recorded(function: Callable[..., T], inputs: Sequence[Tensor]) -> Callable[[], T]:
    """Record a call without computing it; returns what computes it and gives its results."""
    graph = torch.cuda.CUDAGraph()
    # other threads write records meanwhile, and may use the device
    with torch.cuda.graph(graph, stream=_stream(), capture_error_mode="thread_local"):
        results = function(*inputs)

    def replay() -> T:
        graph.replay()
        return results

    return replay


_streams: list[torch.cuda.Stream] = []


def _stream() -> torch.cuda.Stream:
    """The stream in which functions are recorded, one for the process."""
    if not _streams:
        _streams.append(torch.cuda.Stream())
    return _streams[0]


__all__ = ["GraphedCall", "choose_graph"]
