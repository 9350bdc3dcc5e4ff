"""Orderly ends of processes: each kind is ended many times, and its exit code and stderr are checked."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from mlcl_core.bench.servers import answers, free_port
from mlcl_core.engine.config import TrainConfig, config_from_json
from mlcl_core.runs import launch
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

SECONDS = 300.0
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m")
# Begins of lines on the stderr of a process whose threads were still running.
DISORDER = ("terminate called", "Fatal Python error", "Traceback (most recent call last)")


def ends(config: TrainConfig, home: Path, times: int) -> dict[str, dict[str, Any]]:
    """End every kind of process ``times`` times.

    Returns:
        For each kind: how often it was ended, how often in order (the expected exit code, no sign of disorder on
        stderr), and the counts of all other ends.
    """
    (home / "small.json").write_text(config.to_json())
    found = {}
    for kind, end in ENDS.items():
        seen = Counter(end(home) for _ in range(times))
        found[kind] = {"ends": times, "in_order": seen.pop("", 0), "otherwise": dict(seen)}
    return found


class Ended:
    """A process of the project in a home directory, and how it ends."""

    def __init__(self, home: Path, *arguments: str):
        """Start ``python -m`` with these arguments."""
        self.errors = home / "stderr.txt"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=launch.ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1", "MLCL_HOME": str(home)},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        assert self.process.stdin is not None
        self.process.stdin.close()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds or the process has ended."""
        end = monotonic() + SECONDS
        while not condition() and self.process.poll() is None and monotonic() < end:
            sleep(0.02)

    def disorder(self, code: int | None, *, but: str | None = None) -> str:
        """Wait for the end; returns an empty text when it was in order, else what was wrong.

        Args:
            code: The expected exit code; None: any.
            but: A sign of disorder that is expected here.
        """
        try:
            ended = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            ended = self.process.wait()
        lines = self.errors.read_text(errors="replace").splitlines()
        signs = [line for line in lines if line.startswith(DISORDER) and not (but and line.startswith(but))]
        if signs or code not in (None, ended):
            return f"exit code {ended}: {(signs or lines or [''])[0][:200]}"
        return ""


def torchrun(home: Path) -> str:
    """Two processes train a run to its end."""
    return Ended(home, *TORCHRUN, "mlcl_core", "train", str(home / "small.json"), "--home", str(home)).disorder(0)


def torchrun_stopped(home: Path) -> str:
    """Two processes train, and the launcher receives SIGTERM after the first step."""
    before = {run.id for run in Store(home).runs()}
    one = Ended(home, *TORCHRUN, "mlcl_core", "train", str(home / "small.json"), "--home", str(home))
    one.until(lambda: any(run.events("step") for run in Store(home).runs() if run.id not in before))
    one.process.terminate()
    # the launcher reports the signal by a traceback of its own
    return one.disorder(None, but="Traceback")


def app_refused(home: Path) -> str:
    """`mlcl app` with an unknown option, while torch is being loaded."""
    return Ended(home, "mlcl_core", "app", "--bogus", "--home", str(home)).disorder(2)


def app_stopped(home: Path) -> str:
    """`mlcl app`, ended by SIGTERM as soon as it answers, while torch may still be loading."""
    port = free_port()
    app = ("app", "--server.headless=true", f"--server.port={port}", "--home", str(home))
    one = Ended(home, "mlcl_core", *app)
    one.until(lambda: answers(f"http://localhost:{port}"))
    one.process.terminate()
    return one.disorder(0)


def worker(home: Path) -> str:
    """A worker trains a run to its end."""
    return Ended(home, launch.WORKER, str(_created(home).path)).disorder(0)


def worker_terminated(home: Path) -> str:
    """A worker is ended by SIGTERM while it loads its libraries."""
    run = _created(home)
    one = Ended(home, launch.WORKER, str(run.path))
    one.until(lambda: run.written_status().pid is not None)
    one.process.terminate()
    return one.disorder(0)


def waiting_worker(home: Path) -> str:
    """A worker that waits for a run receives none."""
    return Ended(home, launch.WORKER, "-").disorder(0)


ENDS: dict[str, Callable[[Path], str]] = {
    end.__name__: end
    for end in (torchrun, torchrun_stopped, app_refused, app_stopped, worker, worker_terminated, waiting_worker)
}


def _created(home: Path) -> Run:
    return Store(home).create(config_from_json((home / "small.json").read_text(), "small.json"))
