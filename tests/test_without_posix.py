"""Where a system lacks what POSIX has, as Windows does: everything imports, runs are read, training is refused."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.made_runs import made_run
from tests.test_imports import MODULES, at_import

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
# not imported by any module: the process in which files are parsed
PROCESSES = {"mlcl_core.reader_process"}
BENCHES = {name for name in MODULES if name.startswith("mlcl_core.bench.")}
FREE_OF_TORCH = [name for name in MODULES if "torch" not in at_import(name) and name.startswith("mlcl_core")]
STORY = """
import importlib, json, os, signal, sys
from pathlib import Path

# libraries have their own code for Windows, which this machine lacks: they are imported before anything is taken away
import filelock, numpy, psutil, pyarrow.parquet, safetensors.numpy, subprocess, tqdm

for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOFOLLOW", "pread", "pwrite", "fork", "killpg", "nice", "sched_getaffinity"):
    delattr(os, name)
for name in ("SIGURG", "SIGALRM", "SIGKILL", "SIGHUP", "alarm", "pthread_kill", "setitimer"):
    delattr(signal, name)

home, *modules = sys.argv[1:]
for name in modules:
    importlib.import_module(name)

from mlcl_core.cli import main
from mlcl_core.runs.store import Store

(run,) = Store(Path(home)).runs()
step = run.frame_steps()[-1]
found = {
    "state": run.status().state,
    "events": len(run.events()),
    "frame": len(run.frame(step).ids),
    "map": len(run.map("pca", step).xy),
    "problem": run.problem(),
}
found["codes"] = [main([*line.split(), "--home", home]) for line in ("train icons", "bench faults", "show done")]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process without POSIX finds in a home directory with one run, and its stderr."""
    home = tmp_path_factory.mktemp("home")
    run = made_run(home, "finished", name="done")
    modules = [name for name in FREE_OF_TORCH if name not in PROCESSES | BENCHES]
    command = [sys.executable, "-c", STORY, str(home), *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {"run": run, "modules": modules, "stderr": done.stderr, **json.loads(done.stdout.splitlines()[-1])}


def test_modules_import(seen: dict[str, Any]) -> None:
    """Every module that needs no torch does; the readers of runs and the worker's process are among them."""
    assert {"mlcl_core.runs.run", "mlcl_core.runs.worker.process", "mlcl_core.cli"} <= set(seen["modules"])


def test_runs_are_read(seen: dict[str, Any]) -> None:
    """State, events, frames and maps of a run, as on any other system."""
    run = seen["run"]
    items = len(run.watched_items().ids)
    assert (seen["state"], seen["events"], seen["problem"]) == ("finished", len(run.events()), None)
    assert (seen["frame"], seen["map"]) == (items, items)


def test_what_does_not_run_says_so(seen: dict[str, Any]) -> None:
    """Training and the benches that need POSIX: one line on stderr, exit code 2; mlcl show goes on, with 0."""
    assert seen["codes"] == [2, 2, 0]
    trains, measures = seen["stderr"].splitlines()
    assert "runs are trained on Linux and macOS only" in trains
    assert "the bench faults runs on Linux and macOS only" in measures
