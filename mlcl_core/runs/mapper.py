"""The processes that draw a run's maps, one for each kind: ``python -m mlcl_core.runs.mapper RUN_DIRECTORY NAME``.

Maps of every frame (PCA) are drawn as soon as the frame is there; maps of the latest frame (UMAP) at a low priority
whenever the budget allows (``maps.cpu_share`` of a core while the run trains on this machine's CPU without a core to
spare, freely otherwise). Each process ends by itself when the run has ended and no map is due. One process of a kind at
a time per run, by a lock on ``mapper.<kind>.lock``; killed at any moment it leaves whole files only, and the next one
goes on where it stopped. The kinds have processes of their own, because umap-learn compiles for most of a minute on a
fresh machine, and holds Python's lock meanwhile.
"""

import os
import sys
from pathlib import Path
from time import monotonic, sleep, time

from threadpoolctl import threadpool_limits

from mlcl_core.engine.config import MapsConfig
from mlcl_core.errors import InputError
from mlcl_core.maps import MAPS
from mlcl_core.runs.budget import Budget
from mlcl_core.runs.files import append_line
from mlcl_core.runs.launch import DRAWN, GAVE_UP
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.mapping import RunMaps
from mlcl_core.runs.niceness import BACKGROUND, lower_priority
from mlcl_core.runs.records import INTERRUPTED, RUNNING, Status
from mlcl_core.runs.run import Run

POLL_SECONDS = 0.4  # at 0.2 two waiting mappers took 3 % from a training on two cores
STATUS_SECONDS = 0.6
LOCK_SECONDS = 3.0  # a mapper that is ending releases its lock within this time
INTERRUPTED_SECONDS = 5.0  # a machine that wakes up shows an old heartbeat for a moment
RETRY_SECONDS = 5.0  # after a write that failed (a full disk)
RETRIES = 3  # once the run has ended
INTERVAL_SECONDS = 8.0  # maps of the latest frame should come at least this often ...
MIN_ITEMS = 200  # ... for which fewer items are fitted, down to this


def wait_for_lock(lock: FileLock) -> bool:
    """Take the run's lock; False: another mapper holds it for longer than three seconds."""
    deadline = monotonic() + LOCK_SECONDS
    while not lock.acquire():
        if monotonic() > deadline:
            return False
        sleep(0.1)
    return True


def shares_the_cpu(status: Status, threads: int, cores: int) -> bool:
    """Whether a training needs all cores of this machine: it runs, on the CPU, and leaves no core free.

    Args:
        status: Status of the run.
        threads: CPU threads of the training; 0: as many as there are cores.
        cores: Cores that this process may use.
    """
    on_cpu = status.device is None or status.device.startswith("cpu")
    return status.state == RUNNING and on_cpu and (threads == 0 or threads >= cores)


def affordable_items(wanted: int, used: int, cpu_seconds: float, share: float) -> int:
    """How many items to fit so that a map costs no more CPU time than its share brings in eight seconds.

    Args:
        wanted: By the configuration.
        used: In the last map.
        cpu_seconds: What the last map cost.
        share: Of a core.
    """
    affordable = int(used * share * INTERVAL_SECONDS / max(cpu_seconds, 1e-3))
    return max(min(wanted, MIN_ITEMS), min(wanted, affordable))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class MapScheduler:
    """Draws the maps of one kind that are due: all of them, or the latest one when the budget allows it.

    Where a map of the latest frame costs more than the budget allows, the next one fits fewer items.
    """

    def __init__(self, maps: RunMaps, name: str, config: MapsConfig, budget: Budget) -> None:
        """Take the maps of a run, a key of ``MAPS``, and the run's settings."""
        self.maps, self.record, self.config, self.budget = maps, MAPS[name], config, budget
        options, fitted = config.options_of(name), self.record.fitted_items
        self._wanted: int | None = None if fitted is None else options[fitted]
        self._affordable = self._wanted
        self._warm = False

    def draw_due(self) -> None:
        """Draw what is due now."""
        steps = self.maps.due(self.record.name)
        if self.record.every_frame:
            for step in steps:
                self.maps.draw(self.record.name, step)
        elif steps and self.budget.may_spend():
            self.draw_latest(steps[-1])

    def draw_latest(self, step: int) -> None:
        """Draw the map of the latest frame, and learn from what it cost."""
        measured = {"share": self.budget.measured_share()}
        fitted = self.record.fitted_items
        items = self._affordable if self.budget.limited else self._wanted
        scores = self.maps.draw(self.record.name, step, measured, **({} if fitted is None else {fitted: items}))
        if scores is None:
            return
        if not self._warm:
            # the first map of a process loads numba, may compile, and starts cold: that cost comes once
            self.budget.forgive()
            self._warm = True
        elif fitted is not None and self._wanted is not None:
            used, share = int(scores[fitted]), self.config.cpu_share
            self._affordable = affordable_items(self._wanted, used, scores["cpu_seconds"], share)


class RunMonitor:
    """The status of a run, read from time to time, and whether the run has ended."""

    def __init__(self, run: Run):
        """Read the status."""
        self.run = run
        self.status, self._read = run.status(), monotonic()
        self._ended_since: float | None = None

    def update(self) -> Status:
        """The run's status, at most 0.6 s old."""
        now = monotonic()
        if now - self._read > STATUS_SECONDS:
            self.status, self._read = self.run.status(), now
        if self.status.alive:
            self._ended_since = None
        elif self._ended_since is None:
            self._ended_since = now
        return self.status

    def ended(self) -> bool:
        """Whether no more frames will come."""
        patience = INTERRUPTED_SECONDS if self.status.state == INTERRUPTED else 0.0
        since = self._ended_since
        return not self.status.alive and since is not None and monotonic() - since >= patience


def give_up(run: Run, name: str, lacking: str) -> None:
    """Say in the run's events and in its log that this machine can't draw one kind of its maps."""
    text = f"{MAPS[name].title} maps are not drawn on this machine: {lacking}"
    line = {"event": "mapper", "step": run.written_status().step, "at": time(), "name": name, "given_up": True}
    append_line(run.path / "events.jsonl", {**line, "text": text})
    sys.stderr.write(f"{text}\n")


def draw_maps(run: Run, name: str) -> int:
    """Draw one kind of maps until the run has ended and all maps are drawn, or its directory is gone.

    Returns:
        The process's exit code: 1 when maps could not be made (a broken numba) or written (a full disk), else 0.
    """
    config = run.config()
    maps, budget, monitor = RunMaps(run, config.maps), Budget(config.maps.cpu_share), RunMonitor(run)
    lacking = MAPS[name].lacking()
    if lacking is not None:
        give_up(run, name, lacking)
        return 1
    scheduler = MapScheduler(maps, name, config.maps, budget)
    failures = 0
    while (run.path / "config.json").exists():
        status = monitor.update()
        ended = monitor.ended()
        budget.limited = shares_the_cpu(status, config.training.threads, cores())
        try:
            maps.scan()
            scheduler.draw_due()
            failures = 0
        except FileNotFoundError:
            sleep(POLL_SECONDS)  # a frame was thinned out, or the run deleted, while it was read
            continue
        except OSError as error:
            failures += 1
            maps.log(f"a map could not be written: {error.strerror}")
            if ended and failures >= RETRIES:
                return 1
            sleep(RETRY_SECONDS)
            continue
        except Exception as error:
            maps.log(f"{name} is given up: {type(error).__name__}: {error}")
            return 1
        if ended and not maps.due(name):
            return 0
        sleep(POLL_SECONDS)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the process; 0: all is drawn (or left to another), 1: maps could not be made, 2: no such run or kind."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 2 or arguments[1] not in MAPS:
        sys.stderr.write(f"usage: python -m mlcl_core.runs.mapper RUN_DIRECTORY {'|'.join(MAPS)}\n")
        return 2
    directory, name = Path(arguments[0]).absolute(), arguments[1]
    # runs/<id> is in a home directory: there numba keeps compiled code for all runs
    os.environ.setdefault("NUMBA_CACHE_DIR", str(directory.parent.parent / "cache" / "numba"))
    run, lock = Run(directory), FileLock(directory / f"mapper.{name}.lock")
    try:
        run.config()
        with threadpool_limits(1):
            if not wait_for_lock(lock):
                return 0
            # a lock that is free and says nothing: its holder was killed
            lock.mark("")
            code = draw_maps(run, name)
            lock.mark(GAVE_UP if code else DRAWN)
            return code
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        lock.release()


if __name__ == "__main__":
    if sys.argv[2:] and sys.argv[2] in MAPS and not MAPS[sys.argv[2]].every_frame:
        # at equal priority, umap-learn compiling made a training on all cores ten times slower
        lower_priority(BACKGROUND)
    sys.exit(main())
