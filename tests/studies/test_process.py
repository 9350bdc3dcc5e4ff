"""The process of a study: started, stopped and taken up again; and the device that it shares with runs."""

from pathlib import Path

import pytest

from mlcl_core.errors import InputError
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.queue import device_lock
from mlcl_core.runs.store import Store
from mlcl_core.studies import launch, process, run_cell, turn, working
from mlcl_core.studies.executors import StudyStopped
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.launch import start_study, stop_study
from mlcl_core.studies.turn import Turn
from tests.made_runs import made_run
from tests.studies.tiny import tiny_data, tiny_file


@pytest.fixture
def folder(tmp_path, monkeypatch) -> StudyFolder:
    """A study that was started, whose process is this one."""
    monkeypatch.setattr(launch, "spawn", lambda *_: None)
    monkeypatch.setattr(working, "LOOK_SECONDS", 0.0)
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    return start_study(tmp_path / "home", tiny_file(tiny_data(tmp_path / "mine.npz"), keep_runs=False))


def test_it_is_stopped_within_a_step_and_taken_up_again(folder, monkeypatch):
    """A stop loses the cell under way; while it is alive it is not started again; then it goes on to its end."""
    assert (folder.status().state, folder.status().total) == ("queued", 4)
    with pytest.raises(InputError, match="study 'tiny' is queued already"):
        start_study(folder.home, folder.file)
    train, trained = run_cell.train_cell, []

    def stop_in_the_third(trainer, **options):
        trained.append(trainer.config.seed)
        if len(trained) == 3:
            stop_study(folder)
        return train(trainer, **options)

    monkeypatch.setattr(run_cell, "train_cell", stop_in_the_third)
    assert process.main(folder.path, False) == 0
    status = folder.status()
    assert (status.state, status.done, len(trained)) == ("stopped", 2, 3)
    start_study(folder.home, folder.file)
    assert process.main(folder.path, False) == 0
    assert (folder.status().state, folder.status().done, len(trained)) == ("finished", 4, 5)
    with pytest.raises(InputError, match="only a queued, running or paused run"):
        stop_study(folder)


def test_what_it_cannot_train_is_in_its_status(folder, capsys):
    """Data that are gone: the study failed, with the reason in one line; a second process is refused meanwhile."""
    lock = FileLock(folder.path / working.LOCK)
    assert lock.acquire()
    assert process.main(folder.path, False) == 1
    assert "works on it already" in capsys.readouterr().err
    lock.release()
    Path(folder.file.grid["data"][0]["path"]).unlink()
    assert process.main(folder.path, False) == 1
    status = folder.status()
    assert status.state == "failed"
    assert "mine.npz is missing; it is to be had from a page" in (status.error or "")
    assert process.main(folder.path.with_name("none"), False) == 1


def test_runs_go_first_between_two_cells(tmp_path, monkeypatch):
    """The device is kept from cell to cell until a run waits for it, and taken again when none does."""
    monkeypatch.setattr(turn, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(turn, "LOOK_SECONDS", 0.0)
    waits: list[str] = []
    run = made_run(tmp_path, "finished", name="a run")

    def waiting(name: str) -> None:
        waits.append(name)
        if len(waits) == 2:
            queued.clear()

    queued = [run]
    mine = Turn(tmp_path, "cpu", waiting)
    monkeypatch.setattr(turn, "waiting_runs", lambda store, device: [])
    other = device_lock(tmp_path, "cpu")
    mine.take()
    assert not other.acquire()
    monkeypatch.setattr(turn, "waiting_runs", lambda store, device: [*queued])
    mine.take()
    assert waits == ["a run", "a run"]
    assert not other.acquire()
    mine.release()
    assert other.acquire()

    def give_up(name: str) -> None:
        raise StudyStopped

    with pytest.raises(StudyStopped):
        Turn(tmp_path, "cpu", give_up).take()
    other.release()
    assert Store(tmp_path).runs()[0].id == run.id
