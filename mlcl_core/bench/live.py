"""The cost of watching: training speed alone, watched with PCA maps, and watched with UMAP maps too, in turn.

Alone means the bare engine in a process of its own: no run directory, no frames, no mapper. The watched ones are whole
runs as the dashboard starts them. The bench stands on top, as the command line does: it alone of ``mlcl_core`` asks the
dashboard how large a frame is on its way to the browser.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from time import monotonic, sleep, time
from typing import Any

import psutil

from mlcl_core.bench.intervals import gaps, rate
from mlcl_core.bench.unwatched import UNWATCHED
from mlcl_core.engine import TrainConfig, config_from_json, preset
from mlcl_core.engine.map_fields import only_maps
from mlcl_core.errors import RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.maps import FIRST_MAP, MAPS
from mlcl_core.runs import control, launch
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.processes import same_process
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

# each leg draws one kind of maps more than the one before
LEGS = ("unwatched", *(name for name, record in MAPS.items() if record.on))
START_SECONDS = 180.0


def live(
    *,
    preset_name: str = "icons",
    seconds: float = 60.0,
    rounds: int = 3,
    warm_up: int = 8,
    settings: Mapping[str, Any] | None = None,
    quick: bool = False,
) -> dict[str, Any]:
    """Train the same preset unwatched, watched with PCA, and watched with UMAP, in turn, and compare.

    Speed is items a second of wall time between the ``warm_up``-th step and the last one of a leg, so that frames,
    files and everything else between steps counts. The order turns from round to round; the ratio of a round is taken
    within it, so that a machine that others use slows all legs, not one.

    Args:
        preset_name: Preset to train.
        seconds: Length of a leg, from its first step.
        rounds: Number of rounds over all legs. The first UMAP leg finds numba's cache empty, as on a fresh machine.
        warm_up: Steps left out.
        settings: Changes to the preset, by path.
        quick: One round of a few seconds, to see that the bench works.

    Returns:
        Items a second of each leg and round; their ratios to unwatched (median, lowest); for both kinds of maps how
        many there were, seconds from the first step to the first map, median and longest seconds between maps, how
        long after its frame a map was there; the mapper's CPU; bytes of a frame on disk and on its way to the browser.

    Raises:
        RunFailed: A run did not train.
    """
    if quick:
        seconds, rounds, warm_up = min(seconds, 10.0), 1, min(warm_up, 1)
    base = preset(preset_name).with_settings({"training.epochs": 100_000, **(settings or {})})
    speeds: dict[str, list[float]] = {leg: [] for leg in LEGS}
    maps: dict[str, list[dict[str, Any]]] = {leg: [] for leg in LEGS[1:]}
    sizes: dict[str, int] = {}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mlcl-live-") as folder:
        store = Store(home_directory(folder))
        for turn in range(rounds):
            for leg in LEGS[turn % len(LEGS) :] + LEGS[: turn % len(LEGS)]:
                if leg == "unwatched":
                    speeds[leg].append(speed_unwatched(base, seconds, warm_up))
                    continue
                run = train_watched(
                    store, base.with_settings(only_maps(LEGS[1 : LEGS.index(leg) + 1])), leg, partial(sleep, seconds)
                )
                speeds[leg].append(speed_of(run, warm_up))
                maps[leg].append(_maps(run, leg, run.events("step")))
                sizes = _bytes(run)
    ratios = {leg: [w / u for w, u in zip(speeds[leg], speeds["unwatched"], strict=True)] for leg in LEGS[1:]}
    return {
        "preset": preset_name,
        "seconds": seconds,
        "cores": psutil.cpu_count(),
        "load_before": round(load, 2),
        "items_per_second": {leg: [round(value, 1) for value in values] for leg, values in speeds.items()},
        "ratio": {leg: {"median": round(median(r), 3), "lowest": round(min(r), 3)} for leg, r in ratios.items()},
        "maps": maps,
        "bytes": sizes,
    }


def speed_unwatched(config: TrainConfig, seconds: float, warm_up: int) -> float:
    """Items a second of the bare engine in a process of its own.

    Raises:
        RunFailed: The run does not train.
    """
    bare = config.with_settings(UNWATCHED)
    done = subprocess.run(
        [sys.executable, "-c", "from mlcl_core.bench.live import unwatched_process as p; p()"],
        input=json.dumps({"config": bare.to_json(), "seconds": seconds}),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(launch.ROOT)},
    )
    if done.returncode:
        raise RunFailed(f"the unwatched training failed: {done.stderr.strip().splitlines()[-1]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return rate(found["at"], found["items"], warm_up)


def unwatched_process() -> None:
    """Train the bare engine for some seconds; reads orders from stdin, writes the times of steps to stdout."""
    from mlcl_core.engine import train
    from mlcl_core.engine.events import StepDone

    order = json.loads(sys.stdin.read())
    at: list[float] = []
    items = 0
    for event in train(config_from_json(order["config"])):
        if isinstance(event, StepDone):
            at.append(time())
            items = event.items
            if at[-1] - at[0] > order["seconds"]:
                break
    print(json.dumps({"at": at, "items": items}))


def train_watched(store: Store, config: TrainConfig, name: str, meanwhile: Callable[[], None]) -> Run:
    """Start a run as the dashboard does and let it train for as long as ``meanwhile`` takes, from its first step.

    Gives it once all is quiet again.

    Raises:
        RunFailed: The run does not train.
    """
    run = launch.start(store, config, name)
    try:
        _until(lambda: bool(run.events("step")) or not run.status().alive, START_SECONDS)
        meanwhile()
        if not run.status().alive:
            raise RunFailed(f"the run {name} is {run.status().state}: {run.status().error}")
    finally:
        if run.status().alive:
            control.request(run, "stop")
            _until(lambda: not run.status().alive, START_SECONDS)
    last = run.written_status()
    _until(lambda: last.pid is None or not same_process(last.pid, last.started), START_SECONDS)
    # the mappers draw the last maps and end: they must not run beside the next leg
    for name in MAPS:
        lock = FileLock(run.path / f"mapper.{name}.lock")
        _until(lock.acquire, START_SECONDS)
        lock.release()
    return run


def _until(condition: Any, seconds: float) -> None:
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            raise RunFailed(f"the bench waited {seconds:g} s in vain")
        sleep(0.2)


def speed_of(run: Run, warm_up: int) -> float:
    """Items a second between the ``warm_up``-th step of a run and its last."""
    return rate([line["at"] for line in run.events("step")], items_a_step(run), warm_up)


def items_a_step(run: Run) -> int:
    """Items of a batch."""
    return min(int((run.watched_items().split == "train").sum()), run.config().training.batch_size)


def _maps(run: Run, leg: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    begun, ended = steps[0]["at"], steps[-1]["at"]
    found: dict[str, Any] = {}
    for name in LEGS[1 : LEGS.index(leg) + 1]:
        files = {step: numbered_path(run.path / "maps" / name, step).stat().st_mtime for step in run.map_steps(name)}
        frames = {step: numbered_path(run.path / "frames", step).stat().st_mtime for step in files}
        scores = [run.map(name, step).scores for step in files]
        delays = [files[step] - frames[step] for step in files]
        found[name] = {
            **gaps(sorted(files.values()), begun, ended),
            "delay": {"median": round(median(delays), 2), "longest": round(max(delays), 2)},
            "cpu_seconds": round(median(score["cpu_seconds"] for score in scores), 3),
            "trustworthiness": round(scores[-1]["trustworthiness"], 3),
            "knn_recall": round(scores[-1]["knn_recall"], 3),
        }
        if not MAPS[name].every_frame:
            found[name]["share"] = round(median(score["share"] for score in scores), 3)
            found[name]["first_cpu_seconds"] = round(scores[0]["cpu_seconds"], 2)
            if (fitted := MAPS[name].fitted_items) is not None:
                found[name][fitted] = int(scores[-1][fitted])
    frame_times = [numbered_path(run.path / "frames", step).stat().st_mtime for step in run.frame_steps()]
    return {"frames": gaps(sorted(frame_times), begun, ended), **found}


def _bytes(run: Run) -> dict[str, int]:
    from dashboard.figures.cloud import CloudFrame
    from dashboard.figures.colourings.cardinality import by_label_count

    step = run.map_steps(FIRST_MAP)[-1]
    shown, probe = run.map(FIRST_MAP, step), run.watched_items()
    message = CloudFrame(
        shown.xy,
        by_label_count(probe.labels),
        items="",
        run=run.id,
        step=step,
        map_name=FIRST_MAP,
        status="",
        alt="",
    ).message()
    return {
        "items": len(shown.ids),
        "frame_file": numbered_path(run.path / "frames", step).stat().st_size,
        "map_file": numbered_path(run.path / "maps" / FIRST_MAP, step).stat().st_size,
        "to_browser": len(message),
    }


__all__ = ["live", "unwatched_process"]
