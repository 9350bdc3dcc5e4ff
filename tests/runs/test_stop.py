"""Stop and SIGTERM in every phase of a small run: no step is lost, and the resumed run ends as an uninterrupted one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from mlcl_core.engine import loop
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import control, launch, write
from mlcl_core.runs.records import FINISHED, STOPPED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker import worker
from mlcl_core.runs.worker.process import main
from tests.engine.toy import toy_config, toy_data

ROOT = Path(__file__).resolve().parents[2]
STEPS = 12


@pytest.fixture(autouse=True)
def _several_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "spawn_mapper", lambda run: None)
    monkeypatch.setattr(launch, "attend", lambda run: None)
    # the device is held until the process ends, and this one runs several
    monkeypatch.setattr(worker, "wait_for_device", lambda *_: iter([None]))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with the toy problem in a file."""
    data = toy_data()
    np.savez(tmp_path / "toy.npz", X=data.items.numpy(), Y=data.labels[:].numpy())
    return home_directory(tmp_path)


def create(home: Path, name: str) -> Run:
    """A run of twelve steps, queued."""
    return Store(home).create(toy_config(data__path=str(home / "toy.npz")), name)


def records(run: Run) -> dict[str, Any]:
    """The records that two equal runs have in common."""
    return {
        "steps": [(line["step"], line["loss"]) for line in run.events("step")],
        "epochs": [(line["step"], line["epoch"]) for line in run.events("epoch")],
        "frames": {line["step"]: line["metrics"] for line in run.events("frame")},
        "test": [line["test"] for line in run.events("finished")],
    }


def resumed(run: Run) -> dict[str, Any]:
    """The same, once the run was resumed and has ended."""
    launch.take_up(run)
    assert main(run.path) == 0
    return records(run)


@pytest.fixture
def alone(home: Path) -> dict[str, Any]:
    """The records of a run that is not stopped."""
    run = create(home, "alone")
    assert main(run.path) == 0
    return records(run)


def at_work(run: Run, request: str) -> None:
    """Run Python code until a request is acknowledged, and for a moment more."""
    end = monotonic() + 60
    while control.acknowledgement(run, request) is None:
        assert monotonic() < end, "the request was not acknowledged"
        sleep(0.01)
    sleep(0.01)


def for_ever(*_: Any, **__: Any) -> None:
    """Run Python code until it is interrupted."""
    end = monotonic() + 60
    while monotonic() < end:
        sleep(0.01)
    raise AssertionError("it was not interrupted")


def stop(run: Run) -> None:
    """Stop by a request."""
    control.request(run, "stop")


def terminate(run: Run) -> None:
    """Stop by SIGTERM."""
    os.kill(os.getpid(), signal.SIGTERM)


def once(module: Any, name: str, act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, nth: int = 1) -> None:
    """Let the nth call of a function act beforehand."""
    whole, calls = getattr(module, name), []

    def replaced(*arguments: Any, **options: Any) -> Any:
        calls.append(None)
        if len(calls) == nth:
            act(*arguments, **options)
        return whole(*arguments, **options)

    monkeypatch.setattr(module, name, replaced)


@pytest.mark.slow
@pytest.mark.parametrize("end", [stop, terminate])
def test_while_it_probes(
    home: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch, end: Callable[[Run], None]
) -> None:
    """The finished training is kept; resumed, the run continues with the probe, and ends as one that is not stopped."""
    run = create(home, "probing")
    with monkeypatch.context() as patch:
        once(loop, "evaluate", lambda *_, **__: (end(run), for_ever()), patch, nth=2)
        assert main(run.path) == 0
    assert (run.status().state, run.status().step) == (STOPPED, STEPS)
    assert resumed(run) == alone
    assert [line["step"] for line in run.events("resumed")] == [STEPS]


@pytest.mark.slow
def test_a_stop_leaves_the_frame_that_is_being_taken(
    home: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is acknowledged at once; step, frame and batch of that step are recorded."""
    run = create(home, "frame")
    with monkeypatch.context() as patch:
        once(loop, "encoded", lambda *_, **__: at_work(run, control.request(run, "stop")), patch, nth=4)
        assert main(run.path) == 0
    assert (run.status().state, run.status().step) == (STOPPED, 4)
    assert (run.frame_steps()[-1], run.batch_steps()[-1]) == (4, 4)
    assert [line["step"] for line in run.events("acknowledged")] == [4]
    assert resumed(run) == alone


@pytest.mark.slow
def test_sigterm_does_not_wait_for_a_frame(home: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is recorded without its frame, which a resumed run takes first."""
    run = create(home, "frame")
    with monkeypatch.context() as patch:
        once(loop, "encoded", lambda *_, **__: (terminate(run), for_ever()), patch, nth=4)
        assert main(run.path) == 0
    assert (run.status().state, run.status().step) == (STOPPED, 4)
    assert (run.frame_steps()[-1], run.events("step")[-1]["step"]) == (2, 4)
    assert run.events("epoch")[-1]["step"] == 4
    assert resumed(run) == alone


@pytest.mark.slow
def test_at_the_very_beginning(home: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first frame of all: resumed, it is taken."""
    run = create(home, "first")
    with monkeypatch.context() as patch:
        once(loop, "encoded", lambda *_, **__: (terminate(run), for_ever()), patch)
        assert main(run.path) == 0
    assert (run.status().state, run.frame_steps()) == (STOPPED, [])
    assert resumed(run) == alone


@pytest.mark.slow
def test_between_two_steps_frame_and_batch_of_that_step_are_left(
    home: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after step 7, where neither is due: both are recorded, and the rest of the run is unchanged."""
    run = create(home, "between")
    with monkeypatch.context() as patch:
        once(loop.Trainer, "train_step", lambda *_: control.request(run, "stop"), patch, nth=7)
        assert main(run.path) == 0
    assert (run.status().state, run.status().step) == (STOPPED, 7)
    assert (run.frame_steps()[-1], run.batch_steps()[-1]) == (7, 7)
    assert run.batch(7).step == 7
    launch.take_up(run)
    assert main(run.path) == 0
    found = records(run)
    assert 7 in found["frames"]
    del found["frames"][7]
    assert found == alone


@pytest.mark.slow
def test_while_a_checkpoint_is_written(home: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """By the thread that writes, and slowly: training has gone on, and all of it is recorded, the answer last."""
    run = create(home, "writing")
    with monkeypatch.context() as patch:
        once(write, "write_checkpoint", lambda *_: (stop(run), sleep(0.5)), patch, nth=2)
        assert main(run.path) == 0
    last = run.status().step
    assert run.status().state == STOPPED
    assert [line["step"] for line in run.events("step")] == list(range(1, last + 1))
    assert [line["step"] for line in run.events("acknowledged")] == [last]
    assert (run.frame_steps()[-1], run.batch_steps()[-1], run.events("checkpoint")[-1]["step"]) == (last, last, last)
    found = resumed(run)
    found["frames"] = {step: found["frames"][step] for step in alone["frames"]}
    assert found == alone


NATIVE = """
import hashlib, os, signal, sys, threading
from pathlib import Path
from mlcl_core.engine import loop
from mlcl_core.runs import control, launch
from mlcl_core.runs.run import Run
from mlcl_core.runs.worker import process

run, end = Run(Path(sys.argv[1])), sys.argv[2]

def ask():
    os.kill(os.getpid(), signal.SIGTERM) if end == "terminate" else control.request(run, "stop")

def native(*_):
    threading.Timer(0.3, ask).start()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)  # half an hour in native code

loop.check_config = native
launch.spawn_mapper = lambda run: None
sys.exit(process.main(run.path))
"""


@pytest.mark.slow
@pytest.mark.parametrize("end", ["stop", "terminate"])
def test_a_library_that_hears_nothing_is_not_waited_for(home: Path, end: str) -> None:
    """Native code while data are loaded: stopped all the same, without a step or a file; resumed, it starts."""
    run = create(home, "native")
    command = [sys.executable, "-c", NATIVE, str(run.path), end]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=250)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (run.status().state, run.status().step, run.status().phase) == (STOPPED, 0, None)
    assert [line["event"] for line in run.events()] == ["acknowledged"] * (end == "stop") + ["stopped"]
    assert list(run.path.rglob("*.tmp")) == []
    assert launch.take_up(run) == "No checkpoint was written before the run ended: it begins at step 0."
    assert main(run.path) == 0
    assert run.status().state == FINISHED
