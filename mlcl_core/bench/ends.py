"""Whether processes end in order: each kind again and again, its exit code and what it leaves on stderr."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from mlcl_core.bench.ports import free_port
from mlcl_core.engine.config import TrainConfig, config_from_json
from mlcl_core.runs import launch
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

SECONDS = 300.0
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m")
# On the stderr of a process whose threads were not ended first.
DISORDER = ("terminate called", "Fatal Python error", "Traceback (most recent call last)")


def ends(config: TrainConfig, home: Path, times: int) -> dict[str, dict[str, Any]]:
    """End every kind of process ``times`` times.

    Returns:
        For each kind how often it was ended, how often in order (the exit code it should have, no word of disorder on
        its stderr), and what was seen otherwise, counted.
    """
    (home / "small.json").write_text(config.to_json())
    found = {}
    for kind, end in ENDS.items():
        seen = Counter(end(home) for _ in range(times))
        found[kind] = {"ends": times, "in_order": seen.pop("", 0), "otherwise": dict(seen)}
    return found


class Ended:
    """A process of the Lab in a home directory, and how it ended."""

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
        """Wait until something holds, or the process is gone."""
        end = monotonic() + SECONDS
        while not condition() and self.process.poll() is None and monotonic() < end:
            sleep(0.02)

    def told(self, code: int | None, *, but: str | None = None) -> str:
        """Wait for its end; nothing when it ended in order, else how.

        Args:
            code: The exit code that it should have; None: any.
            but: A sign of disorder that means nothing here.
        """
        try:
            ended = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            ended = self.process.wait()
        lines = self.errors.read_text(errors="replace").splitlines()
        disorder = [line for line in lines if line.startswith(DISORDER) and not (but and line.startswith(but))]
        if disorder or code not in (None, ended):
            return f"exit code {ended}: {(disorder or lines or [''])[0][:200]}"
        return ""


def torchrun(home: Path) -> str:
    """Two processes train a run to its end."""
    return Ended(home, *TORCHRUN, "mlcl_core", "train", str(home / "small.json"), "--home", str(home)).told(0)


def torchrun_stopped(home: Path) -> str:
    """Two processes train, and the launcher is told to end once the first step is done."""
    before = {run.id for run in Store(home).runs()}
    one = Ended(home, *TORCHRUN, "mlcl_core", "train", str(home / "small.json"), "--home", str(home))
    one.until(lambda: any(run.events("step") for run in Store(home).runs() if run.id not in before))
    one.process.terminate()
    # the launcher tells of the signal by a traceback of its own
    return one.told(None, but="Traceback")


def app_refused(home: Path) -> str:
    """`mlcl app` with an option that there is not, while torch is still being loaded."""
    return Ended(home, "mlcl_core", "app", "--bogus", "--home", str(home)).told(2)


def app_stopped(home: Path) -> str:
    """`mlcl app`, ended by SIGTERM as soon as it answers, while torch may still be loading."""
    port = free_port()
    app = ("app", "--server.headless=true", f"--server.port={port}", "--home", str(home))
    one = Ended(home, "mlcl_core", *app)
    one.until(lambda: _answers(port))
    one.process.terminate()
    return one.told(0)


def worker(home: Path) -> str:
    """A worker trains a run to its end."""
    return Ended(home, launch.WORKER, str(_created(home).path)).told(0)


def worker_terminated(home: Path) -> str:
    """A worker is ended by SIGTERM while it loads its libraries."""
    run = _created(home)
    one = Ended(home, launch.WORKER, str(run.path))
    one.until(lambda: run.written_status().pid is not None)
    one.process.terminate()
    return one.told(0)


def waiting_worker(home: Path) -> str:
    """A worker that waits for a run is given none."""
    return Ended(home, launch.WORKER, "-").told(0)


ENDS: dict[str, Callable[[Path], str]] = {
    end.__name__: end
    for end in (torchrun, torchrun_stopped, app_refused, app_stopped, worker, worker_terminated, waiting_worker)
}


def _created(home: Path) -> Run:
    return Store(home).create(config_from_json((home / "small.json").read_text(), "small.json"))


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://localhost:{port}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except (OSError, URLError):
        return False
