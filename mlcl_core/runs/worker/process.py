"""The process that trains: ``python -m mlcl_core.runs.worker RUN_DIR``; it outlives the dashboard.

With ``-`` in place of the directory the process loads its libraries first and reads the directory from standard input,
up to its end.
"""

import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from mlcl_core.errors import InputError, RunFailed
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.records import FAILED, STOPPED
from mlcl_core.runs.run import Run
from mlcl_core.runs.worker import PRETRAINED
from mlcl_core.runs.worker.libraries import load_while_waiting
from mlcl_core.runs.worker.worker import StopRequested, Worker

MAX_ERROR = 500  # characters of an error in the status
LOCK_SECONDS = 3.0  # for an earlier worker that is about to end


def main(path: Path, loading: Thread | None = None) -> int:
    """Work on a run directory; returns the exit code: 0 when the run finished or was stopped, 1 when it failed.

    Args:
        path: Directory of the run.
        loading: Thread that imports the libraries; the heartbeat starts before it is done, because imports take longer
            on a busy machine than a run may be silent.
    """
    if not (path / "config.json").is_file():
        print(f"{path}: there is no run", file=sys.stderr)  # noqa: T201 - log.txt
        return 1
    lock = FileLock(path / "worker.lock")
    if not lock.acquire(patience=LOCK_SECONDS):
        print(f"{path.name}: the run has another worker", file=sys.stderr)  # noqa: T201 - log.txt
        return 1
    # uploads are looked up in the home directory of the run
    os.environ["MLCL_HOME"] = str(path.parent.parent)
    worker = Worker(Run(path))
    with worker.interrupts:
        state, error = run_to_end(worker, loading)
        worker.end(state, error)
    # at once: the interpreter takes a while to exit, and the run may be resumed as soon as its state is written
    lock.release()
    return 0 if error is None else 1


def run_to_end(worker: Worker, loading: Thread | None = None) -> tuple[str, str | None]:
    """Let a worker work once ``loading`` is done; returns the state in which its run ended, and the error, if any."""
    try:
        worker.heart.start()
        try:
            if loading is not None:
                loading.join()
            return worker.work(), None
        except StopRequested:
            worker.stop()
            return STOPPED, None
    except (InputError, RunFailed, OSError) as reason:
        return FAILED, one_line(reason)
    except Exception as reason:
        with suppress(OSError):
            traceback.print_exc()
        return FAILED, f"{type(reason).__name__}: {one_line(reason)} (log.txt has the traceback)"


def one_line(reason: BaseException) -> str:
    """An error in one line of at most 500 characters, with the file's name where it is known."""
    text = str(reason)
    if isinstance(reason, OSError) and reason.strerror:
        text = f"{reason.strerror}: {reason.filename}" if reason.filename else reason.strerror
    return " ".join(text.split())[:MAX_ERROR]


def read_run_path() -> Path | None:
    """The run directory from standard input, None where it ends without one; redirects output to the run's log.txt."""
    path = Path(os.fsdecode(sys.stdin.buffer.read()))
    if not path.is_absolute():
        return None
    with suppress(OSError), (path / "log.txt").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    return path


def main_waiting() -> int:
    """Load the libraries while the run is made, then work on it; exit code as :func:`main`, 0 without a run."""
    made = Event()
    loading = Thread(target=load_while_waiting, args=(made, PRETRAINED in sys.argv))
    loading.start()
    try:
        path = read_run_path()
        made.set()
        return 0 if path is None else main(path, loading)
    finally:
        made.set()
        loading.join()  # some libraries fail with a traceback when they are imported while the interpreter exits
