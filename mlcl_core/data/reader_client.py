"""Users' files are opened by another process, which sends back what they hold. A library that hangs, crashes or takes
all memory there, on a damaged file, costs one error line here, and no lock that it holds is held in this process.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from mlcl_core.data.limits import ALLOWED
from mlcl_core.data.progress import PATIENCE
from mlcl_core.data.readers import LoadedData, Reader
from mlcl_core.data.readers.record import in_one_line
from mlcl_core.data.transfer import unpack
from mlcl_core.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
READER_PROCESS = "mlcl_core.reader_process"
SPARE = 1  # idle processes that are kept for the next file; each ends itself after a while


def read_in_process(path: Path, reader: Reader, params: dict[str, Any]) -> LoadedData:
    """Read a file in another process.

    Args:
        path: A file or a folder.
        reader: One of ``READERS``.
        params: All of its parameters, checked.

    Raises:
        InputError: What the reader refuses; a file of which nothing is read for ``PATIENCE`` seconds, that takes more
            memory than one of its size may (:func:`mlcl_core.data.limits.memory`), or that makes a library crash.
            Systems that cannot limit memory have the time limit alone.
    """
    return _answer({"job": "read", "path": str(path), "reader": reader.name, "params": params})["loaded"]


def read_stored_in_process(folder: Path, kind: str) -> LoadedData:
    """Call :func:`mlcl_core.data.stored.read_stored` in another process; raises as :func:`read_in_process`."""
    return _answer({"job": "stored", "path": str(folder), "kind": kind})["loaded"]


def guess_in_process(path: Path, delimiter: str, options: dict[str, Any]) -> dict[str, Any]:
    """Call :func:`mlcl_core.data.guess.guess_here` in another process; the fields of its result."""
    return _answer({"job": "guess", "path": str(path), "delimiter": delimiter, "options": options})["guess"]


class _Process:
    """A process that reads one file after another."""

    def __init__(self) -> None:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        few = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        # the allocators of Arrow and of many threads reserve gigabytes of addresses that they don't use
        few |= {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
        self.child = subprocess.Popen(
            [sys.executable, "-m", READER_PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **few, "PYTHONPATH": os.pathsep.join(paths)},
        )

    def ask(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a job; None where the process ends instead."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        with suppress(BrokenPipeError):
            self.child.stdin.write(json.dumps(job).encode() + b"\n")
            self.child.stdin.flush()
            line = self.child.stdout.readline()
            if line.endswith(b"\n"):
                return json.loads(line)
        return None

    def end(self, *, kill: bool = False) -> int:
        """End the process and return its exit code, a negative number for a signal."""
        if kill:
            self.child.kill()
        for pipe in (self.child.stdin, self.child.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        return self.child.wait()


_lock = Lock()
# by the pid of the process that started them: a fork inherits the pipes, but must not use them
_spare: dict[int, list[_Process]] = {}


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    """The answer to a job, by an idle process or else a new one."""
    job |= {"folder": _folder(), "allowed": os.environ.get(ALLOWED, ""), "patience": PATIENCE}
    process = _take()
    try:
        answer = process.ask(job)
        # an idle process ended itself just now
        if answer is None and process.child.wait() == 0:
            process.end()
            process = _Process()
            answer = process.ask(job)
        if answer is None:
            raise _crash(job, process.end())
        if "loaded" in answer:
            answer["loaded"] = unpack(answer["loaded"])
    except BaseException:
        process.end(kill=True)
        raise
    _give_back(process, fit=answer.pop("sound"))
    if "error" in answer:
        # libraries quote bytes of the file in their messages
        raise InputError(in_one_line(answer["error"]))
    return answer


def _take() -> _Process:
    with _lock:
        spare = _spare.setdefault(os.getpid(), [])
        process = spare.pop() if spare else None
    if process is not None and process.child.poll() is None:
        return process
    if process is not None:
        process.end()
    return _Process()


def _give_back(process: _Process, *, fit: bool) -> None:
    with _lock:
        spare = _spare.setdefault(os.getpid(), [])
        if fit and len(spare) < SPARE:
            spare.append(process)
            return
    process.end()


@atexit.register
def end_spare() -> None:
    """End the idle processes."""
    for process in _spare.pop(os.getpid(), []):
        process.end()


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return "/"


def _crash(job: dict[str, Any], ended: int) -> InputError:
    """The error for a process that ended without an answer."""
    path = job["path"]
    if ended == -signal.SIGALRM:
        return InputError(
            f"{path}: nothing was read of it for {job['patience']} seconds, so reading it was given up; it is damaged, "
            "or its disk does not answer"
        )
    with suppress(ValueError):
        name = signal.Signals(-ended).name
        return InputError(f"{path} is damaged, or takes more memory than there is: what reads it crashed ({name})")
    return InputError(f"{path} can't be read: what reads it ended with code {ended}")
