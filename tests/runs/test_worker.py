"""Decisions of a worker, on handmade runs and trainers; whole processes are tested in test_processes.py."""

import errno
import os
from copy import copy
from functools import partial
from pathlib import Path
from threading import Thread
from time import sleep, time
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mlcl_core.engine.events import FrameTaken, Later, Started, StepDone
from mlcl_core.engine.measured import MeasuredNow
from mlcl_core.errors import InputError
from mlcl_core.runs.event_log import interventions
from mlcl_core.runs.files import append_line, read_json, read_lines
from mlcl_core.runs.launch import take_up
from mlcl_core.runs.records import FINISHED, PAUSED, QUEUED, RUNNING, Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.worker import worker
from mlcl_core.runs.worker.heartbeat import Heartbeat
from mlcl_core.runs.worker.process import main, one_line
from mlcl_core.runs.worker.worker import StopRequested, Worker
from tests.engine.toy import toy_trainer
from tests.runs.handmade import make_run, write_status

SET = {"event": "acknowledged", "action": "set", "settings": {"loss.temperature": 0.2}}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A queued run that was just launched."""
    queued = make_run(tmp_path, state=QUEUED)
    write_status(queued, QUEUED, heartbeat=time())
    return queued


@pytest.fixture
def at_work(run: Run) -> Worker:
    """A worker with a trainer, about to read its requests."""
    one = Worker(run)
    one.trainer = toy_trainer()
    return one


def ask(run: Run, request: str, action: str, **values: Any) -> None:
    """Write a request as any program may."""
    at = {"at": run.written_status().heartbeat + 0.5}
    append_line(run.path / "requests.jsonl", {"id": request, "action": action, **at, **values})


def answers(run: Run) -> list[tuple[str, str]]:
    """Requests that were acknowledged, with their results."""
    return [(line["request"], line.get("result", "done")) for line in run.events("acknowledged")]


def test_it_speaks_before_it_has_loaded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heartbeat starts while the libraries load; work starts after them."""
    heard: list[int | None] = []
    monkeypatch.setattr(Worker, "work", lambda self: heard.append(None) or FINISHED)

    def load() -> None:
        end = time() + 20
        while run.written_status().pid is None and time() < end:
            sleep(0.01)
        heard.append(run.written_status().pid)

    loading = Thread(target=load)
    loading.start()
    assert main(run.path, loading) == 0
    assert heard == [os.getpid(), None]


# ---- frames


def test_an_alarm_stands_in_the_events_and_its_frame_stays(run: Run) -> None:
    """A space that collapses is an alarm at its frame, once; the frame is kept whatever the disk budget."""
    one = Worker(run)
    show(one, (0, -0.9), (100, -0.1), (120, -0.1))
    (alarm,) = run.events("alarm")
    assert alarm["step"] == 100
    assert alarm["text"].startswith("The space has collapsed: all points nearly coincide (uniformity -0.10).")
    assert one.recorder.marked_steps == {100}


def test_a_resumed_run_does_not_repeat_an_alarm(run: Run) -> None:
    """Collapsed before the checkpoint and after it: no second alarm; recovered and collapsed again: one."""
    first = Worker(run)
    show(first, (0, -0.9), (100, -0.1))
    again = Worker(run)
    again.recorder.resume(100, None)
    show(again, (120, -0.1), (130, -1.0), (140, -0.1))
    assert [line["step"] for line in run.events("alarm")] == [100, 140]


def test_slow_paths_stand_in_the_status_and_the_events(run: Run) -> None:
    """Reasons of the start in its event; then one event whenever they change."""
    one = Worker(run)
    fallback, careful = "device auto: no GPU", "similarities up to 200"
    slows = [(fallback,), (fallback, careful), (fallback, careful), ()]
    steps = [StepDone(k + 1, MeasuredNow(1.0, 0.5), 0.1, 8, slow) for k, slow in enumerate(slows)]
    one.trainer = SimpleNamespace(seconds=0.0)
    one._record_all(iter([Started(0, 4, "cpu", 8, (fallback,)), *steps]))
    assert [line["slow"] for line in run.events("started")] == [[fallback]]
    assert [(line["step"], line["reasons"]) for line in run.events("slow")] == [(2, [fallback, careful]), (4, [])]
    assert run.written_status().slow == []


def show(one: Worker, *frames: tuple[int, float]) -> None:
    """Frames of a trainer by hand, with a step and a uniformity each."""
    taken = [
        FrameTaken(step, torch.arange(2), torch.eye(2), torch.eye(2), {"loss": 1.0, "uniformity": value}, {})
        for step, value in frames
    ]
    one._record_all(Later(frame.step, FrameTaken, 1, partial(copy, frame)) for frame in taken)


# ---- requests


def test_pause_step_resume(at_work: Worker, run: Run) -> None:
    """Each is acknowledged once; a step ends the reading until its batch is done."""
    ask(run, "a", "pause")
    at_work._read_requests()
    assert (at_work.paused, at_work.one_step) == (True, False)
    ask(run, "b", "step")
    ask(run, "c", "resume")
    at_work._read_requests()
    assert (at_work.paused, at_work.one_step) == (True, True)
    assert answers(run) == [("a", "done"), ("b", "done")]
    at_work._read_requests()
    at_work._read_requests()
    assert (at_work.paused, at_work.one_step) == (False, False)
    assert answers(run) == [("a", "done"), ("b", "done"), ("c", "done")]


def test_a_step_without_a_pause_is_ignored(at_work: Worker, run: Run) -> None:
    """Only a paused run steps; the acknowledgement says so, and later requests are carried out."""
    ask(run, "a", "step")
    ask(run, "b", "pause")
    at_work._read_requests()
    assert answers(run) == [("a", "ignored: the run is not paused"), ("b", "done")]
    assert (at_work.paused, at_work.one_step) == (True, False)


def test_stop_is_acknowledged_and_ends(at_work: Worker, run: Run) -> None:
    """Stop ends the reading at once; so does SIGTERM, without a request."""
    ask(run, "a", "stop")
    ask(run, "b", "pause")
    with pytest.raises(StopRequested):
        at_work._read_requests()
    assert answers(run) == [("a", "done")]
    other = Worker(run)
    other.interrupts.terminated = True
    other.inbox.mark_answered("b")
    with pytest.raises(StopRequested):
        other._read_requests()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"settings": {"model.width": 64}}, "refused: model.width cannot change while it trains"),
        ({"settings": {"loss.temperature": -1}}, "refused: configuration: loss.temperature is -1"),
        ({"settings": {"loss.temprature": 1}}, "refused: loss.temprature cannot change"),
        ({"settings": [1, 2]}, "refused: settings must be an object"),
        ({"settings": {}}, "refused: settings must be an object"),
        ({}, "refused: settings must be an object"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_the_run_goes_on(
    at_work: Worker, run: Run, values: dict[str, Any], words: str
) -> None:
    """A bad request of another program is refused, changes nothing, and is not replayed after a resume."""
    before = at_work.trainer.config
    ask(run, "a", "set", **values)
    at_work._read_requests()
    assert at_work.trainer.config == before
    ((request, result),) = answers(run)
    assert request == "a"
    assert result.startswith(words)
    assert interventions(run.events(), after=-1) == []
    assert at_work.recorder.marked_steps == set()


def test_nan_in_a_request_is_refused(at_work: Worker, run: Run) -> None:
    """NaN, which some programs write into JSON, is refused, in valid JSON."""
    line = '{"id": "a", "at": 9e9, "action": "set", "settings": {"loss.temperature": NaN}}\n'
    (run.path / "requests.jsonl").write_text(line)
    at_work._read_requests()
    assert answers(run)[0][1].startswith("refused")


def test_a_change_is_told_then_done(at_work: Worker, run: Run) -> None:
    """A good change is acknowledged with its settings, in force, and its frame is marked as one to keep."""
    ask(run, "a", "set", settings={"loss.temperature": "0.25"})
    at_work._read_requests()
    assert at_work.trainer.settings["loss.temperature"] == 0.25
    (line,) = run.events("acknowledged")
    assert (line["step"], line["settings"], line["from_step"]) == (
        0,
        {"loss.temperature": 0.25},
        {"loss.temperature": 1},
    )
    assert at_work.recorder.marked_steps == {0}


def test_an_unknown_action_is_refused(at_work: Worker, run: Run) -> None:
    """An action of a later version is refused, and does not pause the run."""
    ask(run, "a", "branch", of="b")
    at_work._read_requests()
    assert not at_work.paused
    assert answers(run) == [("a", "refused: there are pause, resume, step, stop, set")]


def test_what_was_asked_of_an_earlier_worker_is_ignored(run: Run) -> None:
    """A stop that a killed worker left unanswered does not stop the one after it; a change is still made."""
    # a clock that was set back since: what counts is the place in the file
    ask(run, "a", "stop", at=time() + 9e6)
    ask(run, "b", "set", at=time() + 9e6, settings={"loss.temperature": 0.5})
    write_status(run, "stopped", heartbeat=0)
    take_up(run)
    one = Worker(run)
    one.trainer = toy_trainer()
    one._read_requests()
    assert answers(run) == [("a", "ignored: asked before the run was resumed"), ("b", "done")]
    assert one.trainer.settings["loss.temperature"] == 0.5
    ask(run, "c", "stop", at=0)
    with pytest.raises(StopRequested):
        one._read_requests()


def test_what_was_asked_while_the_worker_was_loading_counts(run: Run) -> None:
    """Pause requested a second after Start, before the process is ready, takes effect."""
    ask(run, "a", "pause")
    one = Worker(run)
    one.trainer = toy_trainer()
    one._read_requests()
    assert one.paused
    assert answers(run) == [("a", "done")]


def test_answered_requests_are_not_answered_again(run: Run) -> None:
    """A new worker knows what was acknowledged before it."""
    ask(run, "a", "pause")
    append_line(run.path / "events.jsonl", {"event": "acknowledged", "step": 3, "request": "a", "action": "pause"})
    one = Worker(run)
    one.trainer = toy_trainer()
    one._read_requests()
    assert not one.paused


def test_half_a_request_is_waited_for(at_work: Worker, run: Run) -> None:
    """A request that is just being written is read once it is whole."""
    path = run.path / "requests.jsonl"
    path.write_text('{"id": "a", "at": 9e9, "act')
    at_work._read_requests()
    assert answers(run) == []
    with path.open("a") as file:
        file.write('ion": "pause"}\n')
    at_work._read_requests()
    assert at_work.paused


# ---- replay


def test_interventions_are_replayed_once_each_in_order() -> None:
    """Acknowledged changes after the checkpoint, once each, also when replayed before; not refused and foreign ones."""
    lines: list[dict[str, Any]] = [
        {**SET, "step": 3, "request": "a"},
        {**SET, "step": 7, "request": "b"},
        {**SET, "step": 7, "request": "c", "result": "refused"},
        {"event": "resumed", "step": 4},
        {**SET, "step": 7, "request": "b", "replayed": True},
        {**SET, "step": 9, "request": "d"},
        {**SET, "request": "e"},
        {**SET, "step": "10", "request": "f"},
        {**SET, "step": 10, "request": "g", "settings": None},
        {"event": "acknowledged", "action": "pause", "step": 8, "request": "h"},
    ]
    assert [line["request"] for line in interventions(lines, after=4)] == ["b", "d"]
    assert [line["request"] for line in interventions(lines, after=-1)] == ["a", "b", "d"]
    assert interventions([], after=0) == []


# ---- the end


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (InputError("there is no file x"), "there is no file x"),
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), "No space left on device: /a/b"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("odd"), "odd"),
        (RuntimeError("first\n  second\n\nthird"), "first second third"),
        (ValueError("x" * 5000), "x" * 500),
    ],
)
def test_what_went_wrong_is_one_line(reason: BaseException, line: str) -> None:
    """Whatever the exception, the status holds one line of bounded length."""
    assert one_line(reason) == line


def test_a_run_that_cannot_begin_fails_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A feature file that has gone since: failed, exit code 1, the reason in status, events and log."""
    gone = str(tmp_path / "gone.npz")
    run = make_run(tmp_path, state=QUEUED, **{"data.path": gone, "training.device": "cpu"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlcl_core.runs.launch.spawn_mapper", lambda run: None)
        patch.setattr("signal.signal", lambda *_: None)
        assert main(run.path) == 1
    status = run.status()
    assert (status.state, status.error) == ("failed", f"there is no file {gone}")
    assert status.phase is None
    assert [line["error"] for line in run.events("failed")] == [status.error]
    assert capfd.readouterr().err.strip() == status.error


def test_a_bug_is_told_in_one_line_and_kept_in_the_log(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An unexpected error: its name and message in the status, the traceback in the log only."""

    def broken(_: Worker) -> str:
        raise KeyError("surprise")

    monkeypatch.setattr(Worker, "work", broken)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main(run.path) == 1
    assert run.status().error == "KeyError: 'surprise' (log.txt has the traceback)"
    assert "Traceback" in capfd.readouterr().err


def test_a_full_disk_at_the_very_end_is_still_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room even for the status: it is written over the old one, so that the run is failed and not interrupted."""

    def full(path: Path, *_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    def broken(_: Worker) -> str:
        for name in ("files.write_atomic", "files.append_line", "worker.recorder.append_line"):
            monkeypatch.setattr(f"mlcl_core.runs.{name}", full)
        full(run.path / "frames")
        return ""

    monkeypatch.setattr(Worker, "work", broken)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main(run.path) == 1
    status = run.status()
    assert (status.state, status.error) == ("failed", f"No space left on device: {run.path / 'frames'}")
    assert [path.name for path in run.path.glob(".*")] == []


def test_stopped_in_the_queue(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queued run names the run before it, and stops without a step; Pause waits until it trains."""
    seen = []

    def never(*_: Any) -> Any:
        for number in range(50):
            seen.append(run.written_status().waiting_for)
            if number == 1:
                ask(run, "p", "pause")
                ask(run, "s", "stop")
            yield "the other"
        raise AssertionError("it was not stopped")

    monkeypatch.setattr(worker, "wait_for_device", never)
    monkeypatch.setattr(worker, "QUEUE_SECONDS", 0.0)
    monkeypatch.setattr(Worker, "_exit_now", lambda self: None)  # the process is that of the tests
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main(run.path) == 0
    assert seen == [None, "the other"]
    assert (run.status().state, run.status().waiting_for) == ("stopped", None)
    assert answers(run) == [("s", "done")]
    assert [line["event"] for line in run.events()] == ["acknowledged", "stopped"]


def test_no_run_no_worker(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A directory that is no run is left as it is."""
    assert main(tmp_path / "nowhere") == 1
    assert "there is no run" in capfd.readouterr().err
    assert not (tmp_path / "nowhere").exists()


# ---- heartbeat


def test_the_heart_beats_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread writes the status again and again, whatever the training is doing; a full disk does not end it."""
    monkeypatch.setattr("mlcl_core.runs.worker.heartbeat.SECONDS", 0.01)
    path = tmp_path / "status.json"
    heart = Heartbeat(path, Status(state=RUNNING, error="old"))
    heart.start()
    first = read_json(path)
    assert (first["pid"], first["error"]) == (os.getpid(), None)
    assert first["memory_mb"] > 1

    def young() -> bool:
        return any(read_json(path)["heartbeat"] > first["heartbeat"] for _ in range(2000))

    assert young()
    heart.set(write=False, step=5)
    assert any(read_json(path)["step"] == 5 for _ in range(2000))
    heart.end(state=PAUSED)
    assert (read_json(path)["state"], read_json(path)["step"]) == (PAUSED, 5)


def test_an_accelerators_memory_goes_before_the_process_s(tmp_path: Path) -> None:
    """On a GPU the panel shows what the GPU holds."""
    heart = Heartbeat(tmp_path / "status.json", Status(state=RUNNING))
    heart.memory = lambda: 512.25
    heart.set()
    assert read_json(tmp_path / "status.json")["memory_mb"] == 512.2


def test_an_ended_heart_is_silent(tmp_path: Path) -> None:
    """The last status stays, even when the thread was never started."""
    heart = Heartbeat(tmp_path / "status.json", Status(state=RUNNING))
    heart.end(state="failed", error="no reason")
    assert read_json(tmp_path / "status.json")["error"] == "no reason"


def test_a_lived_run_keeps_its_lines(run: Run) -> None:
    """An event is a line with its name, step and time."""
    Worker(run).recorder.log_event("note", 3, text="hello")
    (line,) = read_lines(run.path / "events.jsonl")
    assert (line["event"], line["step"], line["text"]) == ("note", 3, "hello")
    write_status(run, RUNNING)
