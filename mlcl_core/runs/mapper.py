"""The processes that draw a run's maps, one for each kind: ``python -m mlcl_core.runs.mapper RUN_DIRECTORY pca|umap``.

PCA for every frame as soon as it is there; UMAP, at a low priority, for the latest frame whenever the budget
allows (``maps.share`` of a core while the run trains on this machine's CPU without a core to spare, freely otherwise).
Each ends by itself when the run has ended and every frame, for UMAP the last one, has its map. One of a kind at a time
per run, by a lock on ``mapper.<kind>.lock``; killed at any moment it leaves whole files only, and the next one goes on
where it stopped. Two processes, because umap-learn compiles for most of a minute on a fresh machine, with Python's
lock in its hand.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from threadpoolctl import threadpool_limits

from mlcl_core.engine.config import MapsConfig
from mlcl_core.errors import InputError
from mlcl_core.maps import MAPS
from mlcl_core.runs.budget import Budget
from mlcl_core.runs.launch import DRAWN, GAVE_UP
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.mapping import RunMaps
from mlcl_core.runs.niceness import BACKGROUND, lower_priority
from mlcl_core.runs.records import INTERRUPTED, RUNNING, Status
from mlcl_core.runs.run import Run

POLL_SECONDS = 0.4  # at 0.2 two waiting mappers took 3 % from a training on two cores
STATUS_SECONDS = 0.6
LOCK_SECONDS = 3.0  # a mapper that is just ending lets its lock go within this
INTERRUPTED_SECONDS = 5.0  # a machine that wakes up shows an old heartbeat for a moment
RETRY_SECONDS = 5.0  # after a write that failed (a full disk)
RETRIES = 3  # once the run has ended
INTERVAL_SECONDS = 8.0  # UMAP maps should come at least this often ...
FEWEST_LANDMARKS = 200  # ... for which fewer items are fitted, down to this


def wait_for_lock(lock: FileLock) -> bool:
    """Take the run's lock; False: another mapper has it, and keeps it for longer than a moment."""
    deadline = monotonic() + LOCK_SECONDS
    while not lock.acquire():
        if monotonic() > deadline:
            return False
        sleep(0.1)
    return True


def shares_the_cpu(status: Status, threads: int, cores: int) -> bool:
    """Whether a training needs all cores of this machine: it runs, on the CPU, and leaves no core free.

    Args:
        status: Of the run. threads: CPU threads of the training; 0: as many as there are cores.
        cores: That this process may use.
    """
    on_cpu = status.device is None or status.device.startswith("cpu")
    return status.state == RUNNING and on_cpu and (threads == 0 or threads >= cores)


def affordable_landmarks(wanted: int, used: int, cpu_seconds: float, share: float) -> int:
    """How many items to fit so that a map costs no more CPU than its share brings in eight seconds.

    Args:
        wanted: By the configuration. used: In the last map. cpu_seconds: What that map cost. share: Of a core.
    """
    affordable = int(used * share * INTERVAL_SECONDS / max(cpu_seconds, 1e-3))
    return max(min(wanted, FEWEST_LANDMARKS), min(wanted, affordable))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Pace:
    """When the next UMAP map may be drawn, and of how many landmarks."""

    config: MapsConfig
    budget: Budget
    landmarks: int
    warm: bool = False

    def draw(self, maps: RunMaps, step: int) -> None:
        """Draw the UMAP map of a frame and learn from what it cost."""
        measured = {"share": self.budget.measured_share()}
        wanted = self.landmarks if self.budget.limited else self.config.landmarks
        scores = maps.draw("umap", step, measured, neighbours=self.config.neighbours, landmarks=wanted)
        if scores is None:
            return
        if self.warm:
            used = int(scores["landmarks"])
            self.landmarks = affordable_landmarks(self.config.landmarks, used, scores["cpu_seconds"], self.config.share)
        else:
            # the first map of a process loads numba, may compile, and starts cold: that comes once
            self.budget.forgive()
            self.warm = True


class Watch:
    """What the run is doing, looked up now and then."""

    def __init__(self, run: Run):
        """Look once."""
        self.run = run
        self.status, self.looked = run.status(), monotonic()
        self.ended_since: float | None = None

    def look(self) -> Status:
        """The run's status, at most 0.6 s old."""
        now = monotonic()
        if now - self.looked > STATUS_SECONDS:
            self.status, self.looked = self.run.status(), now
        if self.status.alive:
            self.ended_since = None
        elif self.ended_since is None:
            self.ended_since = now
        return self.status

    def ended(self) -> bool:
        """Whether no more frames will come."""
        patience = INTERRUPTED_SECONDS if self.status.state == INTERRUPTED else 0.0
        return not self.status.alive and self.ended_since is not None and monotonic() - self.ended_since >= patience


def draw_maps(run: Run, name: str) -> int:
    """Draw one kind of maps until the run has ended and all is drawn, or its directory is gone.

    Returns:
        The process's exit code: 1 when maps could not be made (a broken numba) or written (a full disk), else 0.
    """
    config = run.config()
    maps, budget, watch = RunMaps(run, config.maps), Budget(config.maps.share), Watch(run)
    pace = Pace(config.maps, budget, config.maps.landmarks)
    failures = 0
    while (run.path / "config.json").exists():
        status = watch.look()
        ended = watch.ended()
        budget.limited = shares_the_cpu(status, config.training.threads, cores())
        try:
            maps.scan()
            if MAPS[name].every_frame:
                for step in maps.due(name):
                    maps.draw(name, step)
            elif (due := maps.due(name)) and budget.may_spend():
                pace.draw(maps, due[-1])
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
    """Run the process; 0: all is drawn (or another does it), 1: maps could not be made, 2: no such run or kind."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 2 or arguments[1] not in MAPS:
        sys.stderr.write(f"usage: python -m mlcl_core.runs.mapper RUN_DIRECTORY {'|'.join(MAPS)}\n")
        return 2
    directory, name = Path(arguments[0]).absolute(), arguments[1]
    # runs/<id> stands in a home directory: what numba compiles is kept there, for all runs
    os.environ.setdefault("NUMBA_CACHE_DIR", str(directory.parent.parent / "cache" / "numba"))
    run, lock = Run(directory), FileLock(directory / f"mapper.{name}.lock")
    try:
        run.config()
        with threadpool_limits(1):
            if not wait_for_lock(lock):
                return 0
            # whoever finds the lock free and nothing in it knows that its holder was killed
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
