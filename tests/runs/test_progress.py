"""Progress in the status: phases in words, shares of them, seconds left from the pace of this process alone."""

from pathlib import Path

import pytest

from mlcl_core.engine.events import Started, StepDone
from mlcl_core.engine.measured import MeasuredNow
from mlcl_core.runs.records import RUNNING, Status
from mlcl_core.runs.worker import progress
from mlcl_core.runs.worker.heartbeat import Heartbeat
from mlcl_core.runs.worker.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, set by a test."""
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def heart(tmp_path: Path) -> Heartbeat:
    """A status that is not written by a thread."""
    return Heartbeat(tmp_path / "status.json", Status(state=RUNNING))


def test_phases(heart: Heartbeat, clock: list[float]) -> None:
    """Steps of the start are counted from 1; another phase has a share and seconds left, at its own pace."""
    one = Progress(heart)
    one.report(0, 3, "starting: loading the data")
    assert (heart.status.phase, heart.status.ready) == ("starting: loading the data (step 1 of 3)", 0.0)
    one.report(200, 1000, "encoding texts")
    clock[0] += 10.0
    one.report(400, 1000, "encoding texts")
    assert heart.status.phase == "encoding texts: 400 of 1,000"
    assert (heart.status.ready, heart.status.eta) == (0.4, 30.0)


def test_a_frame_is_a_phase_only_when_it_takes_long(heart: Heartbeat, clock: list[float]) -> None:
    """Within a second nothing is shown; later it is, until the frame is recorded."""
    one = Progress(heart)
    heart.set(phase="training")
    one.report(0, 10, "training: the frame of step 4")
    clock[0] += 0.5
    one.report(1, 10, "training: the frame of step 4")
    assert heart.status.phase == "training"
    clock[0] += 1.0
    one.report(2, 10, "training: the frame of step 4")
    assert heart.status.phase == "training: the frame of step 4, 2 of 10"
    one.recorded()
    assert heart.status.phase == "training"


def test_seconds_left_follow_from_this_process_without_pauses(heart: Heartbeat, clock: list[float]) -> None:
    """Resumed at step 10 of 20 after 500 s: two steps of 3 s and a pause of an hour leave 8 steps of 3 s."""
    one = Progress(heart)
    one.start(Started(10, 20, "cpu", 8), 500.0)
    for step in (11, 12):
        clock[0] += 3.0
        one.step_done(StepDone(step, MeasuredNow(1.0, 3.0), 0.1, 8, (), 20, 8 * (20 - step)))
        one.numbers_known(float(step), 8 / 3)
        clock[0] += 3600.0
        one.restart_clock()
    assert (heart.status.step, heart.status.seconds, heart.status.eta) == (12, 506.0, 24.0)
    assert (heart.status.loss, heart.status.items_per_second) == (12.0, 2.67)
    clock[0] += 4.0
    assert one.finish() == 510.0


def test_seconds_left_and_total_follow_another_batch_size(heart: Heartbeat, clock: list[float]) -> None:
    """At 4 items a second, 160 items are 40 s; at batches of 16 that take 2 s each, the 64 left are 8 s."""
    one = Progress(heart)
    one.start(Started(0, 10, "cpu", 8), 0.0)
    clock[0] += 2.0
    one.step_done(StepDone(1, MeasuredNow(1.0, 2.0), 0.1, 8, (), 10, 72))
    assert (heart.status.total, heart.status.eta) == (10, 18.0)
    one.changed(12, 160)
    assert (heart.status.total, heart.status.eta) == (12, 40.0)
    clock[0] += 2.0
    one.step_done(StepDone(2, MeasuredNow(1.0, 2.0), 0.1, 16, (), 6, 64))
    assert (heart.status.total, heart.status.eta) == (6, 8.0)
