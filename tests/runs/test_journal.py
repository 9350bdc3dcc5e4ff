"""Records of whole runs by the writing thread: their order, their errors, and where the seconds went."""

import errno
import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, current_thread
from typing import Any

import numpy as np
import pytest
import torch

from mlcl_core.bench.forked import kind_of
from mlcl_core.cli.commands import _record
from mlcl_core.engine import loop
from mlcl_core.engine.schedule import frame_due
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import files, launch, write
from mlcl_core.runs.files import read_lines
from mlcl_core.runs.records import FAILED, FINISHED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker import parts as parts_module
from mlcl_core.runs.worker import recorder, worker
from mlcl_core.runs.worker import writer as writer_module
from mlcl_core.runs.worker.heartbeat import Heartbeat
from mlcl_core.runs.worker.parts import Parts
from mlcl_core.runs.worker.process import main
from tests.engine.toy import toy_config, toy_data

pytestmark = pytest.mark.slow

STEPS = 12


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A queued run of twelve steps: a frame every 5, a batch every 4, a checkpoint every 6; an epoch has 4."""
    monkeypatch.setattr(launch, "spawn_mapper", lambda run: None)
    monkeypatch.setattr(launch, "attend", lambda run: None)
    monkeypatch.setattr(worker, "wait_for_device", lambda *_: iter([None]))
    data = toy_data()
    np.savez(tmp_path / "toy.npz", X=data.items.numpy(), Y=data.labels[:].numpy())
    return Store(home_directory(tmp_path)).create(toy_config(data__path=str(tmp_path / "toy.npz")), "journal")


class Writes:
    """Every write of a record, in order, with the thread that writes; the disk is full at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        """Note the writes."""
        self.names: list[str] = []
        self.threads: set[str] = set()
        self.full_at = ""
        whole, append = files.write_atomic, recorder.append_line

        def write_atomic(path: Path, data: bytes, **options: Any) -> None:
            if path.stem.isdigit():
                self._meet(f"{kind_of(path, None)} {int(path.stem)}", path)
            whole(path, data, **options)

        def append_line(path: Path, value: dict[str, Any]) -> None:
            self._meet(f"{value['event']} {value['step']}", path)
            append(path, value)

        for module in (files, write):
            monkeypatch.setattr(module, "write_atomic", write_atomic)
        monkeypatch.setattr(recorder, "append_line", append_line)

    def _meet(self, name: str, path: Path) -> None:
        self.names.append(name)
        self.threads.add(current_thread().name)
        if name == self.full_at:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    """The writes of records from now on."""
    return Writes(monkeypatch)


def expected() -> list[str]:
    """The writes of the run in the documented order."""
    found = ["started 0", "frames.safetensors 0", "frame 0"]
    found += ["checkpoints.safetensors 0", "checkpoints.json 0", "checkpoint 0"]
    for step in range(1, STEPS + 1):
        found += [f"batches.safetensors {step}"] * (step % 4 == 0 or step == 1)
        found += [f"frames.safetensors {step}", f"frame {step}"] * (frame_due(step, STEPS, 5))
        found += [f"epoch {step}"] * (step % 4 == 0)
        found += [f"step {step}"]
        found += [f"checkpoints.safetensors {step}", f"checkpoints.json {step}", f"checkpoint {step}"] * (step % 6 == 0)
    return [*found, "finished 12"]


def test_the_order_of_writes(run: Run, writes: Writes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch, frame, its line, the epoch's, the step's, checkpoint and its line, all by the writing thread, though
    training is far ahead: the first write waits until the sixth step is recorded.
    """
    ahead, recorded = Event(), []
    record, append = recorder.Recorder.record_step, recorder.append_line

    def record_step(one: Any, event: Any, *arguments: Any) -> None:
        recorded.append(event.step)
        record(one, event, *arguments)
        if event.step == 6:
            ahead.set()

    def append_line(path: Path, value: dict[str, Any]) -> None:
        assert ahead.wait(60)
        append(path, value)

    monkeypatch.setattr(writer_module, "MAX_LARGE", 100)
    monkeypatch.setattr(recorder.Recorder, "record_step", record_step)
    monkeypatch.setattr(recorder, "append_line", append_line)
    assert main(run.path) == 0
    assert writes.names == expected()
    assert writes.threads == {"writer"}
    assert [line["step"] for line in run.events("step")] == recorded == list(range(1, STEPS + 1))


@pytest.mark.parametrize("at", ["step 7", "frames.safetensors 5", "checkpoints.safetensors 12", "finished 12"])
def test_an_error_of_the_thread_fails_the_run_in_one_line(run: Run, writes: Writes, at: str) -> None:
    """A disk that is full for one write: failed, with its line; nothing is written after it but the end."""
    writes.full_at = at
    assert main(run.path) == 1
    status = run.status()
    assert status.state == FAILED
    assert status.error is not None
    assert status.error.startswith(f"No space left on device: {run.path}")
    *before, last = writes.names
    assert before == expected()[: expected().index(at) + 1]
    assert last.startswith("failed ")
    assert run.events("failed")[0]["error"] == status.error


@dataclass(frozen=True)
class LateLoss:
    """The numbers of a step on a device that is behind."""

    loss: float
    seconds: float = 0.01


def test_nothing_is_written_of_a_step_whose_loss_is_no_number(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known when training is four steps ahead: the records end with the step before, frames and batches too."""
    steps: list[int] = []

    class Clock:
        def __init__(self, device: torch.device):
            steps.append(len(steps) + 1)

        def stop(self, loss: torch.Tensor) -> LateLoss:
            return LateLoss(math.nan if len(steps) >= 4 else float(loss))

    whole = loop.Trainer.steps

    def steps_ahead(trainer: loop.Trainer) -> Any:
        trainer._ahead = 4
        return whole(trainer)

    monkeypatch.setattr(loop, "StepClock", Clock)
    monkeypatch.setattr(loop, "goes_on", lambda device: True)
    monkeypatch.setattr(loop.Trainer, "steps", steps_ahead)
    assert main(run.path) == 1
    assert (run.status().error or "").startswith("the loss became nan at step 4; ")
    assert [line["step"] for line in run.events("step")] == [1, 2, 3]
    assert (run.frame_steps(), run.batch_steps()) == ([0, 1, 2], [1])
    assert [line["step"] for line in run.events("frame")] == [0, 1, 2]


def test_where_the_seconds_went(run: Run) -> None:
    """The line of the end and `mlcl show` tell it, by the parts that there were."""
    assert main(run.path) == 0
    (last,) = run.events("finished")
    always = {"starting", "queued", "steps", "frames", "records", "checkpoints", "probe"}
    assert always <= last["parts"].keys() <= always | {"writing"}
    assert all(seconds >= 0 for seconds in last["parts"].values())
    assert _record(run)["parts"] == last["parts"]
    assert _record(run)["state"] == FINISHED


def test_a_long_wait_for_the_disk_shows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that takes long while many steps are done: the phase says what is waited for, then training."""
    phases: list[str] = []
    monkeypatch.setattr(writer_module, "LONG_SECONDS", 0.01)
    monkeypatch.setattr(writer_module, "MAX_JOBS", 2)
    open_again = Event()
    show, slow = Heartbeat.set, write.write_checkpoint

    def note(heart: Heartbeat, **changes: Any) -> None:
        show(heart, **changes)
        if "phase" in changes and changes["phase"] != (phases or [None])[-1]:
            phases.append(changes["phase"])
        if "waiting until" in str(changes.get("phase")):
            open_again.set()

    def write_checkpoint(folder: Path, checkpoint: Any) -> None:
        assert open_again.wait(60)
        slow(folder, checkpoint)

    monkeypatch.setattr(Heartbeat, "set", note)
    monkeypatch.setattr(write, "write_checkpoint", write_checkpoint)
    assert main(run.path) == 0
    assert "training: waiting until the records are written" in phases
    assert phases[phases.index("training: waiting until the records are written") + 1] == "training"
    assert read_lines(run.path / "events.jsonl")[-1]["parts"].keys() >= {"writing"}


def test_each_moment_counts_for_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part within another interrupts it, also when it ends by an error; seconds before count as the start's."""
    now = [10.0]
    monkeypatch.setattr(parts_module, "monotonic", lambda: now[0])
    one = Parts(2.0)
    now[0] += 1
    assert one.begin("steps") == "starting"
    now[0] += 4
    with suppress(ZeroDivisionError), one.of("frames"):
        now[0] += 0.5
        with one.of("writing"):
            now[0] += 0.25
        now[0] += 0.5
        raise ZeroDivisionError
    now[0] += 4
    assert one.so_far() == {"starting": 3.0, "steps": 8.0, "frames": 1.0, "writing": 0.25}
    now[0] += 1
    assert one.so_far()["steps"] == 9.0
