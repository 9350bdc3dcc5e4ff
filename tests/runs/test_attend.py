"""A killed mapper is started again, three times at most, and each start is an event."""

import shutil
from pathlib import Path

import pytest

from mlcl_core.runs import launch
from mlcl_core.runs.launch import DRAWN, GAVE_UP, attend
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.mapper import main
from mlcl_core.runs.run import Run
from tests.runs.handmade import make_run, write_frame, write_status

Spawned = list[str]


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> Spawned:
    """Names of the mappers that would be started, without waiting between two checks."""
    found: Spawned = []
    monkeypatch.setattr(launch, "spawn", lambda run, module, name: found.append(name))
    monkeypatch.setattr(launch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(launch, "BEGIN_SECONDS", 0.0)
    return found


def made(home: Path, state: str = "running", word: str = "") -> Run:
    """A run with two frames and no map, with a word of its mapper in the lock."""
    run = make_run(home, (0, 20), state, **{"maps.umap": False})
    lock = FileLock(run.path / "mapper.pca.lock")
    assert lock.acquire()
    lock.mark(word)
    lock.release()
    return run


@pytest.mark.parametrize("state", ["running", "finished", "stopped"])
def test_three_times_then_it_is_given_up(tmp_path: Path, spawned: Spawned, state: str) -> None:
    """Each start is an event, and so is giving up; after the run was started again, mappers are too."""
    run = made(tmp_path, state)
    for _ in range(6):
        attend(run)
    assert spawned == ["pca"] * 3
    lines = run.events("mapper")
    assert [line["given_up"] for line in lines] == [False, False, False, True]
    assert lines[0]["text"] == "the process that draws pca maps was killed, or ended early; started again (1 of 3)"
    assert lines[-1]["text"].endswith("it is given up, log.txt may say more")
    from mlcl_core.runs.files import append_line

    append_line(run.path / "events.jsonl", {"event": "started", "step": 20})
    attend(run)
    assert len(spawned) == 4


def test_one_that_is_at_work_is_left_alone(tmp_path: Path, spawned: Spawned) -> None:
    """A mapper that holds its lock is not started again."""
    run = made(tmp_path)
    lock = FileLock(run.path / "mapper.pca.lock")
    assert lock.acquire()
    attend(run)
    lock.release()
    assert spawned == []
    attend(run)
    assert spawned == ["pca"]


@pytest.mark.parametrize(("state", "word"), [("finished", DRAWN), ("finished", GAVE_UP), ("running", GAVE_UP)])
def test_one_that_ended_in_order_is_not_missed(tmp_path: Path, spawned: Spawned, state: str, word: str) -> None:
    """After a mapper that drew all maps, or gave up, a frame without a map starts nothing."""
    attend(made(tmp_path, state, word))
    assert spawned == []


def test_of_a_run_that_has_ended_only_what_is_missing_counts(tmp_path: Path, spawned: Spawned) -> None:
    """Runs of earlier versions have no word in the lock; complete ones, and those never mapped here, start nothing."""
    run = make_run(tmp_path, (0, 20), "finished", **{"maps.umap": False})
    attend(run)  # never mapped here
    assert main([str(run.path), "pca"]) == 0
    assert FileLock(run.path / "mapper.pca.lock").marked() == DRAWN
    (run.path / "mapper.pca.lock").write_text("")
    attend(run)
    assert spawned == []
    write_frame(run, 40)
    attend(run)
    assert spawned == ["pca"]


def test_a_mapper_does_not_bring_a_deleted_run_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted while a map is being drawn: the mapper ends, and the directory is not made again."""
    from mlcl_core.runs.mapping import RunMaps

    run = made(tmp_path)
    whole = RunMaps._write

    def write(self: RunMaps, *arguments: object) -> None:
        shutil.rmtree(run.path)
        whole(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(RunMaps, "_write", write)
    write_status(run, "running")
    assert main([str(run.path), "pca"]) == 0
    assert not run.path.exists()
