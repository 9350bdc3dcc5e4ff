"""Starting and following runs, without the processes themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcl_core.engine import preset
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.records import QUEUED, Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.runs.handmade import make_run, write_status


@pytest.fixture(autouse=True)
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The modules that would be started, and their runs."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(launch, "spawn", lambda run, module, *more: found.append((run.id, module, *more)))
    return found


@dataclass
class Waiting:
    """A waiting worker without a process; counts how often it was released."""

    taken: list[str] = field(default_factory=list)
    left: int = 0

    def take(self, run: Run) -> None:
        """Take a run."""
        self.taken.append(run.id)

    @contextmanager
    def __call__(self, pretrained: bool = False) -> Iterator["Waiting"]:
        """A waiting worker as a context."""
        try:
            yield self
        finally:
            self.left += 1


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """The waiting worker of start."""
    one = Waiting()
    monkeypatch.setattr(launch, "WaitingWorker", one)
    return one


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(home_directory(tmp_path / "home"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "name", "words"),
    [
        ({"loss.rule": "nearest"}, None, "rule is 'nearest'"),
        ({"data.path": "nowhere.npz"}, None, "there is no file nowhere.npz"),
        ({}, "../evil", "no slash"),
        ({}, "n" * 300, "300 characters"),
    ],
)
def test_a_refused_start_creates_nothing(
    store: Store, waiting: Waiting, settings: dict[str, Any], name: str | None, words: str
) -> None:
    """Bad input is refused before there is a run: no directory, and the waiting process is released."""
    config = preset("digits").with_settings(settings)
    with pytest.raises(InputError, match=words):
        launch.start(store, config, name)
    assert list(store.folder.iterdir()) == []
    assert (waiting.taken, waiting.left) == ([], 1)


@pytest.mark.slow
def test_a_waiting_worker_without_a_run_ends(store: Store) -> None:
    """The process ends by itself without a run, and has written nothing."""
    with pytest.raises(InputError, match="no slash"):
        launch.start(store, preset("digits"), "../evil")
    assert launch._CHILDREN[-1].wait(60) == 0
    assert list(store.folder.iterdir()) == []


def test_another_worker_for_one_that_is_gone(tmp_path: Path, spawned: list[tuple[str, ...]]) -> None:
    """After the death of the waiting worker another one is started."""
    run = make_run(tmp_path)
    with launch.WaitingWorker() as worker:
        launch._CHILDREN[-1].kill()
        launch._CHILDREN[-1].wait(60)
        worker.take(run)
    assert spawned == [(run.id, launch.WORKER)]


def test_a_relative_path_is_made_whole(
    store: Store, waiting: Waiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of the data file is absolute, so that a run can be resumed from another directory."""
    generator = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", X=generator.normal(size=(30, 4)), Y=generator.random((30, 2)) < 0.5)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("mine.npz", "./mine.npz", "~/mine.npz"):
        run = launch.start(store, preset("vectors").with_settings({"data.path": given}))
        assert Path(run.config().data.path or "").is_absolute()
        assert Path(run.config().data.path or "").samefile(tmp_path / "mine.npz")
    assert (len(set(waiting.taken)), waiting.left) == (3, 3)


@pytest.mark.parametrize("state", ["stopped", "failed", "running"])
def test_resume_queues_the_run_again(tmp_path: Path, spawned: list[tuple[str, ...]], state: str) -> None:
    """Stopped, failed or interrupted: queued at once, at its step, and a worker is started."""
    run = make_run(tmp_path)
    write_status(run, state, 7, total=20, error="old", heartbeat=0)
    launch.resume(run)
    status = run.status()
    assert (status.state, status.step, status.total, status.error, status.pid) == (QUEUED, 7, 20, None, None)
    assert spawned == [(run.id, launch.WORKER)]


@pytest.mark.parametrize("state", ["finished", "queued", "running", "paused"])
def test_what_is_alive_or_done_is_not_resumed(tmp_path: Path, spawned: list[tuple[str, ...]], state: str) -> None:
    """Two resumes at once: the second is refused, because the run is queued."""
    run = make_run(tmp_path, state=state)
    with pytest.raises(InputError, match=f"is {state}; only a stopped, failed or interrupted run can be resumed"):
        launch.resume(run)
    assert spawned == []


def test_a_damaged_configuration_is_not_resumed(tmp_path: Path, spawned: list[tuple[str, ...]]) -> None:
    """An unreadable configuration: one line, and the run's state is unchanged."""
    run = make_run(tmp_path, state="stopped")
    (run.path / "config.json").write_text('{"loss": {"temprature": 1}}')
    with pytest.raises(InputError, match=r"loss\.temprature"):
        launch.resume(run)
    assert run.status().state == "stopped"
    assert spawned == []


def states(*names: str) -> Iterator[Status]:
    """Statuses in order; the last one is repeated."""
    for name in names:
        yield Status(state=name)
    while True:
        yield Status(state=names[-1])


def test_follow_waits_for_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is called at each poll, and the last state is returned."""
    run, told = make_run(tmp_path), []
    coming = states("queued", "running", "paused", "running", "finished")
    monkeypatch.setattr(Run, "status", lambda self: next(coming))
    assert launch.follow(run, lambda one: told.append(one.id), poll=0.0) == "finished"
    assert told == [run.id] * 5


def test_follow_is_patient_with_an_old_heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that wakes up shows an old heartbeat for a moment: only a lasting interruption counts."""
    run = make_run(tmp_path)
    coming = states("running", "interrupted", "interrupted", "running", "finished")
    monkeypatch.setattr(Run, "status", lambda self: next(coming))
    assert launch.follow(run, lambda _: None, poll=0.0) == "finished"
    forever = states("interrupted")
    monkeypatch.setattr(Run, "status", lambda self: next(forever))
    assert launch.follow(run, lambda _: None, poll=0.01, patience=0.05) == "interrupted"


def test_a_missing_map_is_said(tmp_path: Path, spawned: list[tuple[str, ...]]) -> None:
    """Without a map in time: one line that names run and log; without frames there is nothing to wait for."""
    run = make_run(tmp_path, (0, 5))
    with pytest.raises(RunFailed, match=r"run 'handmade': the last frame has no PCA map after 0.1 s; see .*log.txt"):
        launch.wait_for_last_map(run, seconds=0.1)
    launch.wait_for_last_map(make_run(tmp_path / "other"), seconds=0.1)
    assert {tuple(more) for _, *more in spawned} == {
        ("mlcl_core.runs.mapper", name) for name in run.config().maps.drawn()
    }


@pytest.mark.usefixtures("waiting")
def test_a_batch_larger_than_the_data_is_said(store: Store, tmp_path: Path) -> None:
    """At the start and in the status of the run; a batch that fits says nothing."""
    rows = [f"{x},{x % 3},{x % 2},{1 - x % 2}" for x in range(40)]
    (tmp_path / "few.csv").write_text("\n".join(["f1,f2,a,b", *rows]))
    config = preset("vectors").with_settings(
        {"data.path": str(tmp_path / "few.csv"), "data.params.labels": "a,b", "training.device": "cpu"}
    )
    said: dict[int, list[str]] = {64: [], 8: []}
    for size, sentences in said.items():
        run = launch.start(
            store, config.with_settings({"training.batch_size": size}), f"of {size}", on_said=sentences.extend
        )
        sentence = "training.batch_size is 64, and 28 items train: each batch is all of them."
        assert (sentence in sentences, run.status().notice) == ((True, sentence) if size == 64 else (False, None))
