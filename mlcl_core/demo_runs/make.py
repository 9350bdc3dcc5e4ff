"""Two recorded runs that ship with the Lab, so that no page is ever empty.

The icons under two rules, with 300 watched items: lessons show them, and a fresh install opens with them.
``python -m mlcl_core.demo_runs.make`` makes them in five minutes.
"""

import json
import shutil
import sys
import tempfile
from contextlib import suppress
from itertools import product
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import preset
from mlcl_core.errors import RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.maps import MAPS, directions, draw, faithfulness, map_moved, sample_neighbours
from mlcl_core.runs import launch
from mlcl_core.runs.files import read_json, save_arrays, write_json
from mlcl_core.runs.mapping import RunMaps
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import FINISHED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

FOLDER = Path(__file__).parent / "samples"
# by rule: the id (and directory) of the run, and its name
SAMPLES = {
    "similarity_dissimilarity": ("sample-icons-sd", "sample: sim-dis"),
    "any_shared": ("sample-icons-any", "sample: any shared"),
}
# Small, because they are part of every clone.
SETTINGS: dict[str, Any] = {
    "training.batch_size": 64,
    "training.epochs": 60,
    "training.view_draw": "sequential",  # as when they were recorded
    "model.feature_dim": 32,
    "model.projection_dim": 24,
    "watch.items": 300,
    "watch.frame_every": 30,
    "watch.batch_every": 500,
}
KEPT = ("config.json", "meta.json", "status.json", "events.jsonl", "probe.parquet", "frames", "maps")
# Two cold maps of the last frame, by their seeds: between them the projector alone moves.
DRAWN_TWICE = {"umap_seed_0": 0, "umap_seed_1": 1}
SECONDS_FOR_MAPS = 300.0


def sample_runs(store: Store) -> dict[str, Run]:
    """The recorded runs by their rule; those that a home directory lacks are copied there first.

    Each appears whole: it is copied under a hidden name and renamed. Where a home directory is read-only or full, the
    runs are read from the package.
    """
    found = {}
    for rule, (run_id, _) in SAMPLES.items():
        path = store.folder / run_id
        there = (path / "config.json").is_file() or _copy(FOLDER / run_id, path)
        found[rule] = Run(path if there else FOLDER / run_id)
    return found


def _copy(source: Path, target: Path) -> bool:
    hidden = target.with_name(f".new-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(hidden, ignore_errors=True)
        shutil.copytree(source, hidden)
        with suppress(FileExistsError):  # another session copied it in the same moment
            hidden.rename(target)
        return True
    except OSError:
        return False
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def sample_config(rule: str) -> TrainConfig:
    """The configuration of a recorded run."""
    return preset("icons").with_settings({**SETTINGS, "loss.rule": rule})


def record(folder: Path) -> None:
    """Train both runs, wait for all their maps, and copy to ``folder`` the files that pages read.

    Raises:
        RunFailed: A training, or the maps, did not finish.
    """
    with tempfile.TemporaryDirectory() as home:
        store = Store(home_directory(Path(home)))
        for rule, (run_id, name) in SAMPLES.items():
            run = launch.start(store, sample_config(rule), name)
            state = launch.follow(run, lambda _: None)
            if state != FINISHED:
                raise RunFailed(f"{name} is {state}: {run.status().error}")
            _draw_maps(run)
            keep(run, folder / run_id)


def _draw_maps(run: Run) -> None:
    """Every map of every frame, each from the one before; live, the mapper draws as many as its budget allows."""
    launch.wait_for_last_map(run, seconds=SECONDS_FOR_MAPS)
    config, end = run.config(), monotonic() + SECONDS_FOR_MAPS
    drawn = [name for name in config.maps.drawn() if not MAPS[name].every_frame]
    while any(run.frame_steps()[-1] not in run.map_steps(name) for name in drawn):
        if monotonic() > end:
            raise RunFailed(f"{run.name}: the maps of the last frame are missing; see {run.path / 'log.txt'}")
        sleep(0.5)
    for name in drawn:
        shutil.rmtree(run.path / "maps" / name)
    maps = RunMaps(run, config.maps)
    maps.scan()
    for name, step in product(drawn, run.frame_steps()):
        maps.draw(name, step)
    draw_twice(run)


def draw_twice(run: Run) -> None:
    """Draw two UMAP maps of the last frame from two seeds; the scores of the second hold the distance between them."""
    frame = run.frame(run.frame_steps()[-1])
    z = directions(frame.z)
    neighbours, before = sample_neighbours(z), None
    for name, seed in DRAWN_TWICE.items():
        drawn = draw(MAPS["umap"], z, seed=seed)
        scores = faithfulness(z, drawn.xy, neighbours)
        if before is not None:
            scores |= {"map_moved": map_moved(before, drawn.xy), "model_moved": 0.0}
        before = drawn.xy
        path = numbered_path(run.path / "maps" / name, frame.step)
        save_arrays(path, {"ids": frame.ids, "xy": drawn.xy}, {"scores": json.dumps(scores)})


def keep(run: Run, target: Path) -> None:
    """Copy the files of a run that pages read, and its last batch, without host, process and time of the training."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in KEPT:
        kept = run.path / name
        (shutil.copytree if kept.is_dir() else shutil.copy2)(kept, target / name)
    (target / "batches").mkdir()
    last = numbered_path(Path("batches"), run.batch_steps()[-1])
    shutil.copy2(run.path / last, target / last)
    status = read_json(run.path / "status.json")
    write_json(target / "status.json", {**status, "pid": None, "host": None, "started": None})
    # older than any other run: lists of runs end with it
    write_json(target / "meta.json", {**read_json(run.path / "meta.json"), "created": 0.0})


if __name__ == "__main__":
    record(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
