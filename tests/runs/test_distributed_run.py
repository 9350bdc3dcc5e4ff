"""Runs of several processes under torchrun: one run directory, stop, resume, and the death of a process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from mlcl_core.bench.faults import small_config
from mlcl_core.engine.events import StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import control
from mlcl_core.runs.ranks import is_rank_zero, world_size
from mlcl_core.runs.records import FAILED, FINISHED, INTERRUPTED, PAUSED, STOPPED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.runs.test_processes import in_state, until

ROOT = Path(__file__).resolve().parents[2]
# 24 items a batch: 12 for each process
PROCESSES = 2


class Launched:
    """One torchrun of the command line, ended with the test."""

    def __init__(self, home: Path, *arguments: str):
        """Start it."""
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={PROCESSES}"]
        self.log = (home / "torchrun.txt").open("ab")
        self.process = subprocess.Popen(
            [*torchrun, "-m", "mlcl_core", *arguments, "--home", str(home)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def workers(self) -> list[psutil.Process]:
        """Its processes, by rank."""
        children = psutil.Process(self.process.pid).children()
        return sorted(children, key=lambda child: int(child.environ().get("RANK", "9")))

    def end(self) -> None:
        """Kill it, unless it has ended."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with the configuration of a small run in it."""
    path = home_directory(tmp_path / "home")
    path.mkdir(exist_ok=True)
    (path / "small.json").write_text(small_config().to_json())
    return path


@pytest.fixture
def launched(home: Path) -> Iterator[Any]:
    """Launch a command; all are ended with the test."""
    all_of_them: list[Launched] = []

    def launch(*arguments: str) -> Launched:
        all_of_them.append(Launched(home, *arguments))
        return all_of_them[-1]

    yield launch
    for one in all_of_them:
        one.end()


def only_run(home: Path) -> Run:
    """The run of a home directory, once it is there."""
    runs = until(lambda: Store(home).runs(), "a run")
    assert len(runs) == 1
    return runs[0]


@pytest.mark.slow
def test_stopped_resumed_finished(home: Path, launched: Any) -> None:
    """Pause, a live setting, stop; resumed by torchrun: the losses of one uninterrupted process."""
    first = launched("train", str(home / "small.json"))
    run = only_run(home)
    control.request(run, "pause")
    paused = in_state(run, PAUSED)
    change = control.request(run, "set", settings={"loss.temperature": 0.3})
    until(lambda: control.acknowledgement(run, change), "the change")
    control.request(run, "stop")
    in_state(run, STOPPED)
    first.process.wait(60)
    second = launched("resume", run.id)
    in_state(run, FINISHED)
    assert second.process.wait(60) == 0
    assert run.status().device == "cpu (2 x 1 thread)"
    found = [line["loss"] for line in run.events("step")]
    alone, expected = Trainer(small_config()), []
    for event in alone.events():
        if isinstance(event, StepDone):
            expected.append(event.loss)
            if event.step == paused.step:
                alone.change({"loss.temperature": 0.3})
    assert found == pytest.approx(expected, rel=1e-3)
    assert found[: paused.step] == pytest.approx(expected[: paused.step], rel=1e-4)
    assert run.frame_steps()[-1] == alone.step
    assert len(Store(home).runs()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_a_process_that_dies_ends_the_run(home: Path, launched: Any, victim: int) -> None:
    """Killed during training: the launcher ends, no process hangs, the run has ended and can be resumed."""
    config = json.loads((home / "small.json").read_text())
    config["training"]["epochs"] = 2000
    (home / "small.json").write_text(json.dumps(config))
    launch = launched("train", str(home / "small.json"))
    run = only_run(home)
    until(lambda: run.events("step"), "a step")
    launch.workers()[victim].kill()
    assert launch.process.wait(60) != 0
    ended = in_state(run, FAILED, INTERRUPTED)
    if victim == 1 and ended.state == FAILED:
        assert "another of the 2 processes has ended" in str(ended.error)
    assert run.frame_steps()


@pytest.mark.parametrize(("value", "number"), [("", 1), ("1", 1), ("4", 4)])
def test_how_many_processes(monkeypatch: pytest.MonkeyPatch, value: str, number: int) -> None:
    """The number in the environment; one without it."""
    monkeypatch.setenv("WORLD_SIZE", value)
    monkeypatch.setenv("RANK", value and str(number - 1))
    assert world_size() == number
    assert is_rank_zero() == (number == 1)


def test_a_launcher_that_says_nonsense(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number of processes that is no number is bad input."""
    monkeypatch.setenv("WORLD_SIZE", "two")
    with pytest.raises(InputError, match="WORLD_SIZE in the environment is 'two'"):
        world_size()
