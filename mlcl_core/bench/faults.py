"""Workers killed at every kind of write and at random moments: each run is resumed and compared bit for bit."""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.map_fields import only_maps
from mlcl_core.engine.presets import preset
from mlcl_core.errors import RunFailed
from mlcl_core.runs.files import load_arrays
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.records import FINISHED, INTERRUPTED, QUEUED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

CHECKPOINT_EVERY = 4
# After the checkpoint at step 4 and before the one at 8, and in the middle of an epoch of three steps.
INJECT = 7


def small_config() -> TrainConfig:
    """A run of a dozen steps that writes every kind of file, on one CPU thread."""
    return preset("digits").with_settings(
        {
            "data.params.scenes": 120,
            "training.batch_size": 24,
            "training.epochs": 4,
            "training.threads": 1,
            "training.device": "cpu",
            "model.width": 8,
            "model.feature_dim": 16,
            "watch.items": 60,
            "watch.frame_every": 3,
            "watch.batch_every": 5,
            "watch.checkpoint_every": CHECKPOINT_EVERY,
            **only_maps([]),
        }
    )


class Forge:
    """Runs workers in forks of one warm process; see :mod:`mlcl_core.bench.forked`."""

    def __init__(self, home: Path):
        """Start the server."""
        self.store = Store(home)
        self.store.folder.mkdir(parents=True, exist_ok=True)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "mlcl_core.bench.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # threads of a pool do not survive a fork
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()

    def work(
        self,
        run: Run,
        *,
        kill: dict[str, Any] | None = None,
        after: float | None = None,
        full: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Run a worker on a run until it ends or is killed.

        Args:
            run: The run.
            kill: At which write: its ``kind``, the ``nth`` of that kind, and ``when`` (half, after).
            after: Seconds after which it is killed.
            full: From which write on (``kind``, ``nth``) the disk is full.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        order = {"run": str(run.path), "kill": kill, "after": after, "full": full, "inject": INJECT}
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return json.loads(self._server.stdout.readline())

    def create(self) -> Run:
        """A fresh run, queued."""
        return self.store.create(small_config())


@contextmanager
def forges(home: Path, servers: int) -> Iterator[list[Forge]]:
    """Forges on one home directory, for as long as the block lasts; they start side by side."""
    started = [Forge(home) for _ in range(servers)]
    try:
        yield started
    finally:
        for one in started:
            one.close()


def final_bits(run: Run) -> dict[str, Any]:
    """What must be equal bit for bit in two equal runs: numbers, frames, last checkpoint, interventions."""
    ended = run.events("finished")[-1]
    frames = {step: load_arrays(numbered_path(run.path / "frames", step))[0] for step in run.frame_steps()}
    checkpoints = run.path / "checkpoints"
    last = numbered_path(checkpoints, numbered(checkpoints)[-1])
    return {
        "test": ended["test"],
        "untrained": ended["untrained"],
        "losses": [(line["step"], line["loss"]) for line in run.events("step")],
        "metrics": [(line["step"], line["metrics"], line["settings"]) for line in run.events("frame")],
        "set": [(line["step"], line["settings"]) for line in run.events("acknowledged")],
        "frames": {step: {name: array.tobytes() for name, array in one.items()} for step, one in frames.items()},
        "checkpoint": last.read_bytes(),
    }


def readable(run: Run) -> None:
    """Read every file of a run.

    Raises:
        InputError: A file is damaged.
    """
    run.config()
    run.events()
    if (run.path / "probe.parquet").exists():
        run.watched_items()
    for step in run.frame_steps():
        run.frame(step)
    for step in run.batch_steps():
        run.batch(step)


def kill_and_resume(one: Forge, expected: dict[str, Any], **order: Any) -> str | None:
    """Kill a run as ordered, read it, resume it to the end; returns what went wrong, or None."""
    run = one.create()
    ended = one.work(run, **order)
    # killed while it exits, once its end is written, it is as finished as one that is left alone
    if ended["killed"] and run.status().state != FINISHED:
        state = run.status().state
        # killed before its first status, it counts as starting until its heartbeat is old
        unheard = state == QUEUED and run.status().pid is None
        if state != INTERRUPTED and not unheard:
            return f"state is {state} after the kill"
        readable(run)
        one.work(run)
    if run.status().state != FINISHED:
        return f"state is {run.status().state} at the end: {run.status().error}"
    readable(run)
    found = final_bits(run)
    differing = [name for name in expected if found[name] != expected[name]]
    one.store.delete(run)
    return f"{', '.join(differing)} differ" if differing else None


def orders(kinds: list[str], seconds: float, kills: int, seed: int) -> list[dict[str, Any]]:
    """Kills within and right after a random write of each kind, then at ``kills`` random moments of a whole run."""
    chance = random.Random(seed)
    planned: list[dict[str, Any]] = [
        {"kill": {"kind": kind, "nth": chance.randint(1, kinds.count(kind)), "when": when}}
        for kind in dict.fromkeys(kinds)
        for when in ("half", "after")
    ]
    return planned + [{"after": chance.uniform(0.02, 1.0) * seconds} for _ in range(kills)]


def failures(forges: list[Forge], expected: dict[str, Any], planned: list[dict[str, Any]]) -> dict[str, str]:
    """Carry out all orders, as many at a time as there are forges; returns what went wrong at which."""
    idle: SimpleQueue[Forge] = SimpleQueue()
    for one in forges:
        idle.put(one)

    def carry_out(order: dict[str, Any]) -> str | None:
        one = idle.get()
        try:
            return kill_and_resume(one, expected, **order)
        finally:
            idle.put(one)

    with ThreadPoolExecutor(len(forges)) as pool:
        reasons = list(pool.map(carry_out, planned))
    return {json.dumps(order): reason for order, reason in zip(planned, reasons, strict=True) if reason}


def left_alone(one: Forge) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run without a kill: the answer of the server, and its bits.

    Raises:
        RunFailed: The run does not finish.
    """
    alone = one.create()
    answer = one.work(alone)
    if alone.status().state != FINISHED:
        raise RunFailed(f"the run that is left alone is {alone.status().state}: {alone.status().error}")
    return answer, final_bits(alone)


def killed(*, kills: int = 100, seed: int = 0, servers: int = 2) -> dict[str, Any]:
    """Kill within and right after every kind of write and at ``kills`` random moments; all runs must end alike.

    Raises:
        RunFailed: The run without a kill does not finish.
    """
    with tempfile.TemporaryDirectory() as folder, forges(Path(folder), servers) as workshop:
        answer, expected = left_alone(workshop[0])
        planned = orders(answer["kinds"], answer["seconds"], kills, seed)
        wrong = failures(workshop, expected, planned)
    return {"kinds_of_writes": len(set(answer["kinds"])), "kills": len(planned), "failures": wrong}


# counts with ``quick``
QUICK = {"kills": 5, "ends": 1, "homes": 10, "files": 140, "messages": 25}


def faults(
    *,
    kills: int = 100,
    ends: int = 30,
    homes: int = 250,
    files: int = 3000,
    messages: int = 600,
    seed: int = 0,
    servers: int = 2,
    quick: bool = False,
) -> dict[str, Any]:
    """Kills, ends of processes, damaged files and forged messages; a count of 0 leaves a part out.

    Args:
        kills: Kills of a worker at random moments, beside those at every kind of write; all must end alike.
        ends: Ends of each kind of process, torchrun among them; all must be in order (:mod:`mlcl_core.bench.ends`).
        homes: Damages to a run's files: one line each, other runs unchanged (:mod:`mlcl_core.bench.faults_homes`).
        files: Damaged data files of every format: read, or refused in one line (:mod:`mlcl_core.bench.faults_files`).
        messages: Forged messages to a server in class mode: none acts (:mod:`mlcl_core.bench.faults_class`).
        seed: Seed of all random choices.
        servers: Runs at a time while workers are killed.
        quick: Small counts.

    Returns:
        For each part, counts, and what went wrong at which.

    Raises:
        RunFailed: The run without a kill does not finish.
    """
    given = {"kills": kills, "ends": ends, "homes": homes, "files": files, "messages": messages}
    count = {name: min(value, QUICK[name]) for name, value in given.items()} if quick else given
    found: dict[str, Any] = {}
    # first: it measures the peak memory of all child processes so far
    if count["files"]:
        from mlcl_core.bench.faults_files import damaged_files

        found["damaged_files"] = damaged_files(files=count["files"], seed=seed)
    if count["kills"]:
        found |= killed(kills=count["kills"], seed=seed, servers=servers)
    if count["ends"]:
        from mlcl_core.bench.ends import ends as ended

        with tempfile.TemporaryDirectory() as folder:
            found["ends"] = ended(small_config(), Path(folder), count["ends"])
    if count["homes"]:
        from mlcl_core.bench.faults_homes import edited_homes

        found["edited_homes"] = edited_homes(count=count["homes"], seed=seed)
    if count["messages"]:
        from mlcl_core.bench.faults_class import faults_class

        found["class"] = faults_class(tries=count["messages"], seed=seed)
    return found
