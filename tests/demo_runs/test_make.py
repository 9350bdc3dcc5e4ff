"""The recorded runs that ship: small, whole, without the name of a machine; copied into homes that lack them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mlcl_core.demo_runs import make as sample
from mlcl_core.demo_runs.make import DRAWN_TWICE, FOLDER, SAMPLES, keep, sample_config, sample_runs
from mlcl_core.engine.config import TrainConfig
from mlcl_core.home_directory import home_directory
from mlcl_core.maps import map_moved
from mlcl_core.runs.files import read_json
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import META_LOCK, Store
from tests.made_runs import made_run

RUNS = [run_id for run_id, _ in SAMPLES.values()]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty home directory."""
    return Store(home_directory(tmp_path / "home"))


@pytest.mark.parametrize("rule", SAMPLES)
def test_what_ships(rule: str) -> None:
    """At most 5 MB; 300 watched items, 40 frames with both maps each, the last batch; trained as the code says."""
    run = Run(FOLDER / SAMPLES[rule][0])
    assert sum(path.stat().st_size for path in run.path.rglob("*")) < 5e6
    assert run.config() == sample_config(rule)
    assert isinstance(run.config(), TrainConfig)
    assert run.status().state == "finished"
    assert run.name == SAMPLES[rule][1]
    assert run.created == 0
    steps = run.frame_steps()
    assert len(steps) == 40
    assert (steps[0], steps[-1]) == (0, run.status().total)
    assert run.map_steps("pca") == run.map_steps("umap") == steps
    assert run.batch_steps()[-1] <= steps[-1]
    probe = run.watched_items()
    assert len(probe.ids) == 300
    assert probe.pictures is not None
    for step in (steps[0], steps[-1]):
        frame = run.frame(step)
        assert np.array_equal(frame.ids, probe.ids)
        assert np.isfinite(frame.z).all()
    assert {event["step"] for event in run.events("frame")} == set(steps)


@pytest.mark.parametrize("run_id", RUNS)
def test_nobody_is_in_it(run_id: str) -> None:
    """No path, host, process number or log of the machine that trained it."""
    status = read_json(FOLDER / run_id / "status.json")
    assert (status["pid"], status["host"], status["started"]) == (None, None, None)
    for path in (FOLDER / run_id).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"/home/" not in data
            assert b"/tmp" not in data
            assert str(Path.cwd()).encode() not in data
    assert not (FOLDER / run_id / "log.txt").exists()


@pytest.mark.parametrize("rule", SAMPLES)
def test_one_frame_drawn_twice(rule: str) -> None:
    """Between the two maps of the last frame the points moved as their scores say, and the model did not."""
    run = Run(FOLDER / SAMPLES[rule][0])
    first, second = (run.map(name, run.frame_steps()[-1]) for name in DRAWN_TWICE)
    assert second.scores["map_moved"] == pytest.approx(map_moved(first.xy, second.xy), rel=1e-4)
    assert second.scores["model_moved"] == 0


def test_put_where_they_are_missing(store: Store) -> None:
    """Both appear; what is there stays as it is; one that was deleted comes back."""
    found = sample_runs(store)
    assert {run.id for run in store.runs()} == set(RUNS) == {run.id for run in found.values()}
    one, other = found.values()
    store.rename(one, "mine")
    store.delete(other)
    assert sample_runs(store)["similarity_dissimilarity"].name == "mine"
    assert {run.id for run in store.runs()} == set(RUNS)
    assert not [path for path in store.folder.iterdir() if path.name.startswith(".") and path.name != META_LOCK]


def test_a_copy_that_fails_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, or a home that is read only: no half of a run; the runs are read where they were shipped."""

    def full(source: Path, target: Path) -> None:
        target.mkdir()
        (target / "config.json").write_text("{")
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(sample.shutil, "copytree", full)
    assert [run.path for run in sample_runs(store).values()] == [FOLDER / run_id for run_id, _ in SAMPLES.values()]
    assert not list(store.folder.iterdir())


def test_what_is_kept_of_a_run(tmp_path: Path) -> None:
    """What pages read, the last batch alone, and no checkpoint, request, log or lock."""
    run = made_run(tmp_path / "home", "finished")
    (run.path / "checkpoints").mkdir(exist_ok=True)
    (run.path / "log.txt").write_text("/somewhere\n")
    shutil.copy2(
        next((run.path / "batches").iterdir()), run.path / "batches" / f"{run.batch_steps()[-1] + 1:08d}.safetensors"
    )
    keep(run, tmp_path / "kept")
    kept = Run(tmp_path / "kept")
    assert kept.frame_steps() == run.frame_steps()
    assert kept.batch_steps() == run.batch_steps()[-1:]
    assert {path.name for path in kept.path.iterdir()} == {*sample.KEPT, "batches"}
