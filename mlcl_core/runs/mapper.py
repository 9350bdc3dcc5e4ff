"""The process that draws a run's maps: ``python -m mlcl_core.runs.mapper RUN_DIRECTORY``.

PCA for every frame as soon as it is there; UMAP for the latest frame whenever the budget allows (``maps.share`` of a
core while the run trains on this machine's CPU without a core to spare, freely otherwise). It ends by itself when the
run has ended, every frame has a PCA map and the last one a UMAP map. One at a time per run, by a lock on
``mapper.lock``; killed at any moment it leaves whole files only, and the next one goes on where it stopped.
"""

import contextlib
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from threadpoolctl import threadpool_limits

from mlcl_core.engine.config import MapsConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.budget import Budget
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.mapping import RunMaps
from mlcl_core.runs.records import INTERRUPTED, RUNNING, Status
from mlcl_core.runs.run import Run

POLL_SECONDS = 0.2
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


def draw_maps(run: Run) -> int:
    """Draw maps until the run has ended and all is drawn, or its directory is gone.

    Returns:
        The process's exit code: 1 when maps could not be written (a full disk), else 0.
    """
    config = run.config()
    maps, budget, watch = RunMaps(run, config.maps), Budget(config.maps.share), Watch(run)
    failures = 0
    with ThreadPoolExecutor(1) as thread:
        umap = UmapThread(thread, RunMaps(run, config.maps), Pace(config.maps, budget, config.maps.landmarks))
        umap.wanted = config.maps.umap
        while (run.path / "config.json").exists():
            status = watch.look()
            ended = watch.ended()
            budget.limited = shares_the_cpu(status, config.training.threads, cores())
            try:
                maps.scan()
                for step in maps.due("pca"):
                    maps.draw("pca", step)
                umap.turn(may_begin=budget.may_spend(), ended=ended)
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
            if ended and not maps.due("pca") and umap.at_rest:
                return 0
            sleep(POLL_SECONDS)
    return 0


class UmapThread:
    """UMAP beside PCA: umap-learn compiles for most of a minute on a fresh machine, and PCA maps do not wait for it.

    Its maps have a bookkeeping of their own, so that the two threads share nothing but the directory.
    """

    def __init__(self, thread: ThreadPoolExecutor, maps: RunMaps, pace: Pace):
        """Take the one thread that draws."""
        self._thread, self._maps, self._pace = thread, maps, pace
        self._drawing: Future[bool] | None = None
        self._began_ended = False
        self.wanted = True
        self._nothing_left = False

    @property
    def at_rest(self) -> bool:
        """Whether nothing is being drawn, and nothing will be."""
        return self._drawing is None and (self._nothing_left or not self.wanted)

    def turn(self, *, may_begin: bool, ended: bool) -> None:
        """Fetch what is done, begin what is due.

        Raises:
            OSError: A map could not be written.
        """
        if self._drawing is not None and self._drawing.done():
            done, self._drawing = self._drawing, None
            self._nothing_left = not done.result() and self._began_ended
        if self._drawing is None and self.wanted and may_begin and not self._nothing_left:
            self._began_ended = ended
            self._drawing = self._thread.submit(self._draw)

    def _draw(self) -> bool:
        self._maps.scan()
        due = self._maps.due("umap")
        if not due:
            return False
        try:
            self._pace.draw(self._maps, due[-1])
        except OSError:
            raise
        except Exception as error:
            # a broken numba must not cost the run its PCA maps
            self._maps.log(f"UMAP is given up: {type(error).__name__}: {error}")
            self.wanted = False
        return True


def step_back() -> None:
    """Take only the processor time that others leave.

    Compiling umap-learn for most of a minute at equal priority made a training with as many threads as cores ten times
    slower. Where the kernel shares time between sessions first (autogroup), the session has to step back too.
    """
    if hasattr(os, "nice"):
        os.nice(19)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("19")


def main(arguments: list[str] | None = None) -> int:
    """Run the process; 0: all is drawn (or another mapper does it), 1: maps could not be written, 2: no such run."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m mlcl_core.runs.mapper RUN_DIRECTORY\n")
        return 2
    directory = Path(arguments[0]).absolute()
    # runs/<id> stands in a home directory: what numba compiles is kept there, for all runs
    os.environ.setdefault("NUMBA_CACHE_DIR", str(directory.parent.parent / "cache" / "numba"))
    run, lock = Run(directory), FileLock(directory / "mapper.lock")
    try:
        run.config()
        with threadpool_limits(1):
            return draw_maps(run) if wait_for_lock(lock) else 0
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        lock.release()


if __name__ == "__main__":
    step_back()
    sys.exit(main())
