"""Copies to the host hold what the tensors were, whatever is done to them meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from mlcl_core.engine import host_copy
from mlcl_core.engine.checkpoint import Checkpoint
from mlcl_core.engine.events import CheckpointDue, FittingProbe, Later
from mlcl_core.engine.host_copy import to_host
from mlcl_core.engine.loop import Trainer
from tests.engine.toy import toy_trainer, training


class SlowGPU:
    """The functions of torch.cuda that are used, on a CPU: a copy is made when it is waited for, and not before."""

    def __init__(self, free: int):
        """Nothing is under way."""
        self.free, self.queued, self.log = free, list[Callable[[], None]](), list[str]()
        self.stream_now = "training"
        gpu = self

        class Stream:
            def __init__(self, device: torch.device):
                self.name = "side"

            def wait_stream(self, other: Any) -> None:
                gpu.log.append(f"{self.name} waits for {other.name}")

        class Event:
            def __init__(self, *, blocking: bool):
                self.after = 0

            def record(self, stream: Any) -> None:
                self.after = len(gpu.queued)
                gpu.log.append(f"event on {stream.name}")

            def synchronize(self) -> None:
                for copy in gpu.queued[: self.after]:
                    copy()
                gpu.queued[: self.after] = [lambda: None] * self.after

        self.Stream, self.Event = Stream, Event

    def current_stream(self, device: torch.device) -> Any:
        """The stream of the training."""
        return SimpleNamespace(name="training")

    @contextmanager
    def stream(self, stream: Any) -> Iterator[None]:
        """Work of the block is of a stream."""
        before, self.stream_now = self.stream_now, stream.name
        yield
        self.stream_now = before

    def mem_get_info(self, device: torch.device) -> tuple[int, int]:
        """Free memory, and all."""
        self.log.append("asked for memory")
        return self.free, self.free

    def copy(self, host: Tensor, tensor: Tensor) -> None:
        """Begin a copy, on the stream of the block."""
        self.log.append(f"copy on {self.stream_now}")
        if self.stream_now == "side":
            self.queued.append(lambda: host.copy_(tensor))
        else:
            # in the order of the device's work: what changes the tensor comes after it
            taken = tensor.clone()
            self.queued.append(lambda: host.copy_(taken))


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> SlowGPU:
    """Tensors of the CPU are copied as those of a GPU."""
    one = SlowGPU(2**40)
    monkeypatch.setattr(host_copy, "cuda", one)
    monkeypatch.setattr(host_copy, "_side_streams", {})
    monkeypatch.setattr(host_copy, "_copies_aside", lambda tensor: True)
    monkeypatch.setattr(host_copy, "_pinned", lambda size, dtype: torch.full((size,), 77).to(dtype))
    monkeypatch.setattr(host_copy, "_copy", one.copy)
    return one


def some() -> dict[str, Tensor]:
    """Tensors of several types and shapes: empty, a number, not contiguous, part of a larger one."""
    generator = torch.Generator().manual_seed(0)
    whole = torch.randn(4, 6, generator=generator)
    return {
        "a": whole[:, 2:5],
        "steps": torch.tensor(3.0),
        "flags": torch.tensor([True, False]),
        "b": torch.randn(2, 3, 4, 5, generator=generator).to(memory_format=torch.channels_last),
        "none": torch.zeros(0, 3),
        "long": torch.arange(5),
        "half": whole.to(torch.bfloat16).t(),
    }


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether names, order, types, shapes and bits are equal."""
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype and torch.equal(one[name], other[name]) for name in one
    )


def test_a_cpu_copies_only_what_changes() -> None:
    """Tensors that stay are returned themselves, without a copy; of those that change, clones."""
    tensors = some()
    assert all(copy.data_ptr() == tensors[name].data_ptr() for name, copy in to_host(tensors).wait().items())
    copies, before = to_host(tensors, changing=True), {name: tensor.clone() for name, tensor in tensors.items()}
    for tensor in tensors.values():
        tensor.zero_()
    assert equal(copies.wait(), before)
    assert copies.nbytes == sum(tensor.nbytes for tensor in before.values())


@pytest.mark.parametrize("free", [2**40, 0], ids=["room", "short of memory"])
def test_a_gpu_copies_what_it_was(gpu: SlowGPU, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Changed after the call and before the copy is made: the values of before, once they are waited for; until then
    the call has read nothing. With room by the side stream, which waits for the training's; else in its turn.
    """
    monkeypatch.setattr(host_copy, "SMALL", 0)
    gpu.free = free
    tensors = some()
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    copies = to_host(tensors)
    for tensor in tensors.values():
        tensor.zero_()
    assert all(copy.eq(77 if copy.dtype != torch.bool else True).all() for copy in copies._copies.values())
    assert equal(copies.wait(), before)
    assert equal(copies.wait(), before)
    kinds = set(gpu.log) - {"asked for memory"}
    if free:
        assert kinds == {"side waits for training", "copy on side", "event on side"}
        assert gpu.log.count("copy on side") == len({tensor.dtype for tensor in before.values()})
    else:
        assert kinds == {"copy on training", "event on training"}


def test_small_copies_ask_for_nothing(gpu: SlowGPU) -> None:
    """The device's free memory is asked for before large snapshots only."""
    to_host(some()).wait()
    assert "asked for memory" not in gpu.log


def kept(trainer: Trainer) -> tuple[list[Later], list[Any]]:
    """Frames, batches and checkpoints of a training, each taken at its step; and what they are then."""
    laters: list[Later] = []
    for event in trainer.events(later=True):
        if isinstance(event, Later):
            laters.append(event)
        elif isinstance(event, CheckpointDue):
            laters.append(trainer.checkpoint_later())
        elif isinstance(event, FittingProbe):
            break
    return laters, [later.take() for later in laters]


def bits(values: list[Any]) -> list[Any]:
    """Every array and number of frames, batches and checkpoints, in plain values."""

    def plain(value: Any) -> Any:
        if isinstance(value, Tensor):
            return str(value.dtype), tuple(value.shape), value.contiguous().numpy().tobytes()
        return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else value

    return [{name: plain(value) for name, value in vars(one).items()} for one in values]


QUEUE = {"loss__momentum": 0.9, "loss__queue_size": 32, "loss__candidates": "both"}


@pytest.mark.parametrize("settings", [{}, QUEUE], ids=["batch", "queue"])
def test_records_taken_after_the_training_are_those_of_their_steps(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Taken when all steps are done, bit for bit what is taken within the step: on the CPU; on a GPU whose copies are
    made as late as can be, and whose frames are measured later. Checkpoints are the same files: the copies of one type
    are parts of one block of memory.
    """
    alone: list[Any] = []
    trainer = toy_trainer(**settings)
    for event in training(trainer):
        if isinstance(event, CheckpointDue):
            alone.append(trainer.checkpoint())
        elif type(event).__name__ in ("FrameTaken", "BatchTaken"):
            alone.append(event)
    assert {type(one).__name__ for one in alone} == {"FrameTaken", "BatchTaken", "Checkpoint"}
    laters, found = kept(toy_trainer(**settings))
    assert [(later.step, later.kind) for later in laters] == [(one.step, type(one)) for one in alone]
    assert bits(found) == bits(alone)
    request.getfixturevalue("gpu")
    monkeypatch.setattr("mlcl_core.engine.loop.goes_on", lambda device: True)
    late = kept(toy_trainer(**settings))[1]
    assert bits(late) == bits(alone)
    written = [[save(one.tensors) for one in found if isinstance(one, Checkpoint)] for found in (alone, late)]
    assert written[0] == written[1] != []
