"""Users' files are opened by another process, which sends back what they hold. A library that hangs, crashes or takes
all memory there, on a damaged file, costs one error line here, and no lock that it holds is held in this process.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from mlcl_core.data.limits import ALLOWED
from mlcl_core.data.progress import PATIENCE
from mlcl_core.data.readers import LoadedData, Reader
from mlcl_core.data.readers.record import in_one_line
from mlcl_core.data.tables.question import QuestionError, questions_of
from mlcl_core.data.transfer import unpack
from mlcl_core.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
READER_PROCESS = "mlcl_core.reader_process"
MB = 1e6
SPARE = 1  # idle processes that are kept for the next file; each ends itself after a while


@dataclass(frozen=True)
class FileProgress:
    """How far a file is read.

    Args:
        name: The name of the file.
        done, total: How many of how many are read; 0 of 0 where nothing tells it.
        unit: What they are: bytes, rows, ...
    """

    name: str
    done: int
    total: int
    unit: str

    def named(self, name: str) -> "FileProgress":
        """The same of a file under another name."""
        return replace(self, name=in_one_line(name))

    def __str__(self) -> str:
        """``words.svm, 3.2 of 6.8 MB`` or ``words.svm, 3,000 of 20,000 rows``; the name alone where that is unknown."""
        if not self.total:
            return self.name
        if self.unit == "bytes":
            return f"{self.name}, {self.done / MB:,.1f} of {self.total / MB:,.1f} MB"
        return f"{self.name}, {self.done:,} of {self.total:,} {self.unit}"


_listener: ContextVar[Callable[[FileProgress], None] | None] = ContextVar("listener", default=None)


@contextmanager
def while_reading(on_progress: Callable[[FileProgress], None]) -> Iterator[None]:
    """Call ``on_progress`` as files are read within the block, by this thread, at most twice a second.

    An exception that it raises ends the reading.
    """
    before = _listener.set(on_progress)
    try:
        yield
    finally:
        _listener.reset(before)


def notify(reading: FileProgress) -> None:
    """Call the function of the :func:`while_reading` block around, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(reading)


def read_in_process(path: Path, reader: Reader, params: dict[str, Any]) -> LoadedData:
    """Read a file in another process.

    Args:
        path: A file or a folder.
        reader: One of ``READERS``.
        params: All of its parameters, checked.

    Raises:
        InputError: What the reader refuses; a file of which nothing is read for ``PATIENCE`` seconds, that takes more
            memory than one of its size may (:func:`mlcl_core.data.limits.memory`), or that makes a library crash.
            Systems that cannot limit memory (macOS) have the time limit alone; systems without an alarm (Windows) are
            refused.
    """
    return _answer({"job": "read", "path": str(path), "reader": reader.name, "params": params})["loaded"]


def read_stored_in_process(folder: Path, kind: str) -> LoadedData:
    """Call :func:`mlcl_core.data.stored.read_stored` in another process; raises as :func:`read_in_process`."""
    return _answer({"job": "stored", "path": str(folder), "kind": kind})["loaded"]


def look_in_process(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Call :func:`mlcl_core.data.look.look_here` in another process; the fields of its result."""
    return _answer({"job": "look", "path": str(path), "options": options})["look"]


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
        """The answer to a job; None where the process ends instead. What comes before the answer is progress."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        with suppress(BrokenPipeError):
            self.child.stdin.write(json.dumps(job).encode() + b"\n")
            self.child.stdin.flush()
            while (line := self.child.stdout.readline()).endswith(b"\n"):
                answer = json.loads(line)
                if "progress" not in answer:
                    return answer
                notify(FileProgress(in_one_line(Path(job["path"]).name), *answer["progress"]))
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
    if not hasattr(signal, "alarm"):
        raise InputError(
            f"{job['path']}: files are opened on Linux and macOS only, whose alarm ends a reader that hangs"
        )
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
    if "questions" in answer:
        raise QuestionError(job["path"], questions_of(answer["questions"]))
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
