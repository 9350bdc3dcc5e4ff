"""The disk space of runs."""

import os
from pathlib import Path

import pytest

from mlcl_core.runs import disk
from mlcl_core.runs.disk import PARTS, all_together, disk_use
from mlcl_core.runs.run import Run
from tests.runs.handmade import make_run


def walked(run: Run) -> dict[str, int]:
    """Bytes by part, by a walk over all files."""
    found = dict.fromkeys((*PARTS, "rest"), 0)
    for path in run.path.rglob("*"):
        part = path.relative_to(run.path).parts[0]
        if path.is_symlink() or not path.is_dir():
            found[part if part in PARTS else "rest"] += path.lstat().st_size
    return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with two frames, a map, a checkpoint with a folder of its own, and a link that is not followed."""
    run = make_run(tmp_path / "home", (0, 4))
    for place, size in (("maps/pca/00000004.x", 70), ("checkpoints/a/b.json", 31), ("other/c", 5), ("log.txt", 3)):
        path = run.path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (run.path / "maps" / "out").symlink_to(tmp_path)
    return run


@pytest.mark.parametrize("recent", [0, 2**62])
def test_bytes_by_part_equal_a_walk(run: Run, monkeypatch: pytest.MonkeyPatch, recent: int) -> None:
    """Frames, maps, batches, checkpoints, the rest; again after files came, grew and went, with and without memory."""
    monkeypatch.setattr(disk, "RECENT_NS", recent)
    assert disk_use(run).parts == walked(run)
    assert disk_use(run).parts["checkpoints"] == 31
    with (run.path / "events.jsonl").open("a") as file:
        file.write("grown")
    (run.path / "frames" / "00000009.safetensors").write_bytes(b"x" * 1000)
    (run.path / "maps" / "pca" / "00000004.x").unlink()
    for folder in ("frames", "maps/pca"):  # as if a tick of the clock had passed
        os.utime(run.path / folder, ns=(1, 1))
    assert disk_use(run).parts == walked(run)
    assert disk_use(run).total == sum(walked(run).values())


def test_an_unchanged_folder_is_not_looked_into_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second count opens the run's own folder alone, which holds the files that grow."""
    monkeypatch.setattr(disk, "RECENT_NS", -1)
    before, scanned, scandir = disk_use(run), [], os.scandir

    def counted(place: str) -> object:
        scanned.append(place)
        return scandir(place)

    monkeypatch.setattr(os, "scandir", counted)
    assert disk_use(run) == before
    assert scanned == [str(run.path)]


def test_files_that_runs_share_count_once_in_the_sum(tmp_path: Path) -> None:
    """Two runs that share a frame by a hard link, and one beside them: each whole, together without the copy."""
    one, two, other = (make_run(tmp_path / "home", (step,)) for step in (1, 2, 3))
    os.link(one.path / "frames" / "00000001.safetensors", two.path / "frames" / "00000001.safetensors")
    size = (one.path / "frames" / "00000001.safetensors").stat().st_size
    uses = [disk_use(run) for run in (one, two, other)]
    assert uses[0].parts["frames"] == size
    assert all_together(uses) == sum(use.total for use in uses) - size
    assert all_together(uses[1:]) == uses[1].total + uses[2].total


def test_a_run_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    """Deleted while it is counted: 0 bytes, no error."""
    assert disk_use(Run(tmp_path / "gone")).total == 0
    assert all_together([]) == 0
