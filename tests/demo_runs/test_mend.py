"""Recorded runs in a home directory are made whole again, and what a person changed in them stays."""

import shutil
from pathlib import Path

import pytest

from mlcl_core.demo_runs import mend
from mlcl_core.demo_runs.make import FOLDER, SAMPLES, sample_runs
from mlcl_core.demo_runs.mend import mend_samples
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store

SD, ANY = (run_id for run_id, _ in SAMPLES.values())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A home with the recorded runs."""
    found = Store(home_directory(tmp_path / "home"))
    sample_runs(found)
    return found


def test_what_was_cut_or_deleted_comes_back(store: Store) -> None:
    """A cut frame, a missing folder of maps, a missing configuration; then nothing is left to mend."""
    folder = store.folder / SD
    frame = max((folder / "frames").iterdir())
    frame.write_bytes(frame.read_bytes()[:100])
    shutil.rmtree(folder / "maps" / "umap")
    (folder / "config.json").unlink()
    assert mend_samples(store) == [SD]
    for path in (FOLDER / SD).rglob("*"):
        if path.is_file():
            assert (folder / path.relative_to(FOLDER / SD)).read_bytes() == path.read_bytes(), path
    assert mend_samples(store) == []
    assert not list(folder.rglob(".*"))


def test_a_whole_run_comes_back(store: Store) -> None:
    """A deleted one."""
    store.delete(sample_runs(store)["any_shared"])
    assert mend_samples(store) == [ANY]
    assert {run.id for run in store.runs()} == {SD, ANY}


def test_names_notes_and_later_events_stay(store: Store) -> None:
    """What a person or an evaluation wrote is no damage."""
    run = sample_runs(store)["similarity_dissimilarity"]
    store.rename(run, "mine")
    with (run.path / "events.jsonl").open("a") as events:
        events.write('{"event": "evaluated"}\n')
    assert mend_samples(store) == []
    assert run.name == "mine"
    assert (run.path / "events.jsonl").read_text().endswith('{"event": "evaluated"}\n')


def test_a_full_disk_leaves_the_run_as_it_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a file, and none is said to be mended."""

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(target))

    frame = max((store.folder / SD / "frames").iterdir())
    frame.unlink()
    monkeypatch.setattr(mend.shutil, "copy2", full)
    assert mend_samples(store) == []
    assert not frame.exists()
    assert not [path for path in frame.parent.iterdir() if path.name.startswith(".")]
