"""Real workers in separate processes: one story of two runs, checked by every test."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mlcl_core.bench.faults import small_config
from mlcl_core.engine.events import Finished, FrameTaken, StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.schedule import frame_due
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import control, launch
from mlcl_core.runs.records import FINISHED, PAUSED, STOPPED, Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

pytestmark = pytest.mark.slow
SECONDS = 120.0
CHANGE = {"loss.temperature": 0.3}


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until a condition holds."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"after {SECONDS:g} s still not: {what}")


def answer(run: Run, request: str) -> dict[str, Any]:
    """Wait for the acknowledgement of a request."""
    return until(lambda: control.acknowledgement(run, request), f"request {request} acknowledged")


def in_state(run: Run, *states: str, step: int | None = None) -> Status:
    """Wait until a run is in one of these states (at a step)."""

    def reached() -> Status | None:
        status = run.status()
        return status if status.state in states and step in (None, status.step) else None

    return until(reached, f"{run.name} {' or '.join(states)} at step {step}; it is {run.status()}")


@dataclass
class Story:
    """Observations of the story."""

    first: Run
    second: Run
    seen: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The first run is paused, stepped, changed, stopped and resumed; the second waits for it, is stopped, resumed."""
    store = Store(home_directory(tmp_path_factory.mktemp("home")))
    begun = time.monotonic()
    first = launch.start(store, small_config(), "first")
    tale = Story(first, first)
    tale.seen["start returned after"] = time.monotonic() - begun
    try:
        _first_is_paused_and_stepped(tale)
        tale.second = launch.start(store, small_config(), "second")
        _second_waits(tale)
        _a_second_worker_is_refused(tale)
        tale.seen["set"] = answer(first, control.request(first, "set", settings=CHANGE))
        tale.seen["stop"] = answer(first, control.request(first, "stop"))
        tale.seen["stopped"] = in_state(first, STOPPED)
        tale.seen["steps when stopped"] = [line["step"] for line in first.events("step")]
        # both at once: one of them has to wait for the other
        launch.resume(first)
        launch.resume(tale.second)
        for run in (first, tale.second):
            in_state(run, FINISHED)
            launch.wait_for_last_map(run, seconds=SECONDS)
        yield tale
    finally:
        for child in launch._CHILDREN:
            if child.poll() is None:
                child.terminate()
            child.wait(30)
        print(first.path.joinpath("log.txt").read_text())  # noqa: T201 - shown by pytest when something fails


def _first_is_paused_and_stepped(tale: Story) -> None:
    # asked before the worker is even loaded
    tale.seen["pause"] = answer(tale.first, control.request(tale.first, "pause"))
    tale.seen["paused"] = in_state(tale.first, PAUSED)
    tale.seen["batches when paused"] = tale.first.batch_steps()
    tale.seen["step"] = answer(tale.first, control.request(tale.first, "step"))
    tale.seen["stepped"] = in_state(tale.first, PAUSED, step=2)
    time.sleep(0.5)
    tale.seen["steps when stepped"] = [line["step"] for line in tale.first.events("step")]
    tale.seen["batches when stepped"] = tale.first.batch_steps()


def _second_waits(tale: Story) -> None:
    def waits() -> Status | None:
        status = tale.second.status()
        return status if status.waiting_for else None

    tale.seen["waiting"] = until(waits, "the second run says for whom it waits")
    tale.seen["stop in the queue"] = answer(tale.second, control.request(tale.second, "stop"))
    tale.seen["stopped in the queue"] = in_state(tale.second, STOPPED)
    tale.seen["frames of the stopped"] = tale.second.frame_steps()


def _a_second_worker_is_refused(tale: Story) -> None:
    with pytest.raises(InputError, match="run 'first' is paused; only a stopped, failed or interrupted run"):
        launch.resume(tale.first)
    launch.spawn(tale.first, launch.WORKER)
    tale.seen["second worker"] = launch._CHILDREN[-1].wait(SECONDS)
    tale.seen["after the second worker"] = tale.first.status()


def left_alone(changes: dict[int, dict[str, float]]) -> dict[str, Any]:
    """The same training in memory, uninterrupted, with changes after some steps."""
    trainer = Trainer(small_config())
    found: dict[str, Any] = {"losses": [], "frames": {}}
    for event in trainer.events():
        if isinstance(event, StepDone):
            found["losses"].append((event.step, event.loss))
            trainer.change(changes.get(event.step, {}))
        elif isinstance(event, FrameTaken):
            found["frames"][event.step] = event.metrics
        elif isinstance(event, Finished):
            found |= {"test": event.test, "untrained": event.untrained}
    return found


def due(step: int) -> bool:
    """Whether a frame is due there without a pause or a stop."""
    return frame_due(step, 12, small_config().watch.frame_every)


def written(run: Run) -> dict[str, Any]:
    """The same numbers, as the worker wrote them."""
    (ended,) = run.events("finished")
    return {
        "losses": [(line["step"], line["loss"]) for line in run.events("step")],
        "frames": {line["step"]: line["metrics"] for line in run.events("frame") if due(line["step"])},
        "test": ended["test"],
        "untrained": ended["untrained"],
    }


def test_pause_before_the_worker_is_ready_is_acknowledged(story: Story) -> None:
    """Pause requested right after Start holds the run after its first step, whose batch is recorded."""
    assert (story.seen["pause"]["step"], story.seen["pause"].get("result")) == (1, None)
    assert story.seen["paused"].step == 1
    assert story.seen["batches when paused"] == [1]


def test_step_trains_on_exactly_one_batch(story: Story) -> None:
    """Step is acknowledged at its step; after one batch, which is recorded, the run is paused again."""
    assert story.seen["step"]["step"] == 1
    assert story.seen["steps when stepped"] == [1, 2]
    assert story.seen["batches when stepped"] == [1, 2]


def test_the_worker_is_a_process_of_its_own(story: Story) -> None:
    """It has a session of its own, so that signals to the process that started it do not reach it."""
    assert story.seen["paused"].pid not in (None, os.getpid())
    assert story.seen["paused"].device == "cpu (1 thread)"
    assert story.seen["paused"].memory_mb > 10


def test_the_second_run_waits_for_the_first_and_says_so(story: Story) -> None:
    """One run at a time on a device: the other is queued, names the run before it, and can be stopped."""
    assert (story.seen["waiting"].state, story.seen["waiting"].waiting_for) == ("queued", "first")
    assert story.seen["stop in the queue"]["action"] == "stop"
    assert story.seen["stopped in the queue"].waiting_for is None
    assert story.seen["frames of the stopped"] == []


def test_a_second_worker_on_one_run_is_refused(story: Story) -> None:
    """It ends at once with one line in the log; the first is not affected."""
    assert story.seen["second worker"] == 1
    assert "the run has another worker" in (story.first.path / "log.txt").read_text()
    assert story.seen["after the second worker"].state == PAUSED
    assert story.seen["after the second worker"].pid == story.seen["paused"].pid


def test_set_and_stop_are_acknowledged_at_their_step(story: Story) -> None:
    """A paused run accepts changes, and stops at its step."""
    assert (story.seen["set"]["step"], story.seen["set"]["settings"]) == (2, CHANGE)
    assert story.seen["stop"]["step"] == 2
    assert story.seen["stopped"].step == 2
    assert story.seen["steps when stopped"] == [1, 2]
    assert [line["step"] for line in story.first.events("resumed")] == [2]


def test_resumed_after_a_stop_it_ends_as_if_left_alone(story: Story) -> None:
    """Losses, live numbers and probe of the stopped and resumed run equal an uninterrupted training, bit for bit."""
    assert written(story.first) == left_alone({2: CHANGE})


def test_a_run_stopped_in_the_queue_trains_when_it_is_resumed(story: Story) -> None:
    """No step is lost or trained twice: the run equals an uninterrupted one."""
    assert written(story.second) == left_alone({})


def test_frames_have_their_maps_when_all_is_done(story: Story) -> None:
    """The mapper has drawn every frame, the last one too."""
    for run in (story.first, story.second):
        assert run.map_steps("pca") == run.frame_steps()
        assert run.frame_steps()[-1] == run.status().total


def test_a_finished_run_says_how_it_ended(story: Story) -> None:
    """All steps, no time left, no error, no phase; it takes no requests and cannot be resumed."""
    status = story.first.status()
    assert (status.step, status.total, status.eta, status.error, status.phase) == (12, 12, None, None, None)
    assert status.seconds > 0
    with pytest.raises(InputError, match="is finished"):
        control.request(story.first, "pause")
    with pytest.raises(InputError, match="is finished"):
        launch.resume(story.first)


def test_nothing_is_left_beside_the_files(story: Story) -> None:
    """No temporary file, no file that the contract does not name."""
    names = {path.name for path in story.first.path.iterdir()}
    contract = {
        "config.json", "meta.json", "status.json", "requests.jsonl", "events.jsonl", "probe.parquet", "log.txt",
        "data.json", "data.safetensors", "frames", "batches", "maps", "checkpoints", "worker.lock",
        *(f"mapper.{name}.lock" for name in story.first.config().maps.drawn()),
    }  # fmt: skip
    assert names == contract
    assert list(story.first.path.rglob("*.tmp")) == []
