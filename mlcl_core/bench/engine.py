"""Steps a second of the engine against bare PyTorch loops, in turns; the price of watching; a run's seconds."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

import torch

from mlcl_core.bench.engine_bare import BareLoop
from mlcl_core.bench.engine_cases import CASES, Case
from mlcl_core.bench.engine_parts import parts_ms
from mlcl_core.engine.device import choose_device, device_title
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.map_fields import only_maps
from mlcl_core.engine.presets import preset
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs import launch
from mlcl_core.runs.store import Store

GPU_STEPS = 10  # times as many steps a round as on a CPU


def engine(
    *,
    cases: str = ",".join(CASES),
    device: str = "auto",
    rounds: int = 5,
    steps: int = 0,
    threads: int | None = None,
    watching: bool = True,
    run: bool = True,
    quick: bool = False,
) -> dict[str, Any]:
    """Train each case with the engine and with a bare loop of the same network, views, batch, precision and loss.

    Both train in one process, in turns, unwatched: no frames, no files. The ratio of a round is taken within it, so
    that a machine that others use slows both. The bare loop pads a batch of texts to its longest, as is common.

    Args:
        cases: Names of cases, separated by commas.
        device: As training.device: auto, cpu, cuda, mps.
        rounds: Counted rounds; one more warms up.
        steps: Steps of a round; 0: as many as the case asks for.
        threads: Torch threads; None: unchanged.
        watching: Whether ``icons`` is also trained watched, in processes of its own, for the price of watching.
        run: Whether ``icons`` is also trained as a whole run from the command line, and its parts are told.
        quick: Tiny cases, one round of one step, a run of two epochs, and watched for some seconds.

    Returns:
        ``device``; ``cases`` by name: ``ratio`` (the median of the engine's speed over the bare loop's), ``ratios``,
        ``steps_per_second``, ``bare_steps_per_second``, ``parts_ms`` (milliseconds of the parts of a step, each waited
        for); ``watching.cost``: the share of its speed that a run with its maps loses; ``run``: ``seconds`` from
        command to exit and ``parts`` (seconds by what the run did).

    Raises:
        InputError: An unknown case.
    """
    chosen = [name for name in cases.split(",") if name]
    if unknown := [name for name in chosen if name not in CASES]:
        raise InputError(f"there is no case {unknown[0]!r}; there are: {', '.join(CASES)}")
    if quick:
        rounds, steps = 1, 1
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    where = choose_device(device)
    try:
        report: dict[str, Any] = {
            "device": device_title(where, torch.get_num_threads()),
            "cases": {name: _race(CASES[name], where, rounds, steps, quick) for name in chosen},
        }
        used = torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
    if watching:
        report["watching"] = _watching(where, quick)
    if run:
        report["run"] = _whole_run(where, used, quick)
    return report


def _race(case: Case, device: torch.device, rounds: int, steps: int, quick: bool) -> dict[str, Any]:
    gpu = device.type == "cuda"
    count = steps or case.steps * (GPU_STEPS if gpu else 1)
    with tempfile.TemporaryDirectory(prefix="mlcl-engine-") as folder:
        config, data = case.make(Path(folder), gpu, quick)
        config = config.with_settings({"training.device": device.type})
        trainer = Trainer(config, data=data)
        bare, stepping = BareLoop(trainer), trainer.steps()
        ours: list[float] = []
        theirs: list[float] = []
        for turn in range(rounds + 1):
            for spent, step in ((ours, lambda: next(stepping)), (theirs, bare.step)):
                seconds = _timed(step, count, device)
                if turn > 0:
                    spent.append(seconds)
        ratios = [bare_seconds / seconds for bare_seconds, seconds in zip(theirs, ours, strict=True)]
        return {
            "ratio": round(median(ratios), 3),
            "ratios": [round(ratio, 3) for ratio in ratios],
            "steps_per_second": round(count / median(ours), 2),
            "bare_steps_per_second": round(count / median(theirs), 2),
            "batch_size": config.training.batch_size,
            # a CUDA graph has no parts that could be timed
            "parts_ms": parts_ms(Trainer(config.with_settings({"training.graph": "off"}), data=data), rounds),
        }


def _timed(step: Callable[[], object], count: int, device: torch.device) -> float:
    _wait(device)
    begun = perf_counter()
    for _ in range(count):
        step()
    _wait(device)
    return perf_counter() - begun


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _watching(device: torch.device, quick: bool) -> dict[str, float]:
    """The share of its speed that ``icons`` loses with frames, maps and records, against the bare engine."""
    from mlcl_core.bench.live import speed_of, speed_unwatched, train_watched

    seconds, warm_up = (3.0, 1) if quick else (30.0, 8)
    settings = {"training.epochs": 100_000, "training.device": device.type}
    config = preset("icons").with_settings(settings | (only_maps([FIRST_MAP]) if quick else {}))
    alone = speed_unwatched(config, seconds, warm_up)
    with tempfile.TemporaryDirectory(prefix="mlcl-engine-") as folder:
        run = train_watched(Store(home_directory(folder)), config, "watched", partial(sleep, seconds))
        watched = speed_of(run, warm_up)
    return {"cost": round(1 - watched / alone, 3), "items_per_second": round(watched, 1), "alone": round(alone, 1)}


def _whole_run(device: torch.device, threads: int, quick: bool) -> dict[str, Any]:
    """``mlcl train icons`` from command to exit."""
    settings = {"training.device": device.type, "training.threads": threads}
    settings |= {"training.epochs": 2} if quick else {}
    with tempfile.TemporaryDirectory(prefix="mlcl-engine-") as folder:
        command = [sys.executable, "-m", "mlcl_core", "train", "icons", "--name", "whole", "--home", folder]
        for path, value in settings.items():
            command += ["--set", f"{path}={value}"]
        begun = perf_counter()
        done = subprocess.run(command, cwd=launch.ROOT, capture_output=True, text=True)
        seconds = perf_counter() - begun
        if done.returncode:
            raise RunFailed(f"the run ended with exit code {done.returncode}: {done.stderr.strip().splitlines()[-1]}")
        finished = Store(home_directory(folder)).run("whole").events("finished")[-1]
    return {"seconds": round(seconds, 1), "parts": finished.get("parts", {})}


__all__ = ["engine"]
