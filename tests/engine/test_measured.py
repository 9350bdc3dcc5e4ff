"""Loss and duration of a step: at once on the CPU, without waiting on a GPU."""

import pytest
import torch

from mlcl_core.engine import measured
from mlcl_core.engine.measured import MeasuredNow, StepClock


def test_on_the_cpu_both_numbers_are_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step from second 3 to second 5, with a loss of 1.5."""
    times = iter([3.0, 5.0])
    monkeypatch.setattr(measured, "perf_counter", lambda: next(times))
    assert StepClock(torch.device("cpu")).stop(torch.tensor(1.5)) == MeasuredNow(1.5, 2.0)


class FakeEvent:
    """A CUDA event that is reached when it is waited for; events are a quarter of a second apart."""

    made = 0

    def __init__(self, waits: list[int]):
        """Recorded behind all events so far."""
        FakeEvent.made += 1
        self.number, self.waits = FakeEvent.made, waits

    def synchronize(self) -> None:
        """Note that this event was waited for."""
        self.waits.append(self.number)

    def elapsed_time(self, end: "FakeEvent") -> float:
        """Milliseconds between two events."""
        return 250.0 * (end.number - self.number)


def test_on_a_gpu_only_a_reader_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading waits for the event behind the copy of the loss; what overwrites the loss afterwards changes nothing."""
    waits: list[int] = []
    monkeypatch.setattr(FakeEvent, "made", 0)
    monkeypatch.setattr(measured, "_cuda_time", lambda: FakeEvent(waits))
    monkeypatch.setattr(measured, "_pinned", torch.empty_like)
    loss = torch.tensor(2.25)
    found = StepClock(torch.device("cuda")).stop(loss)
    loss.fill_(7.0)
    assert waits == []
    assert (found.loss, found.seconds) == (2.25, 0.25)
    assert waits == [2, 2]
