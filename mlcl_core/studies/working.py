"""The process that works on a study: its heartbeat, its lock, and what makes it stop. Imports no torch at first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import current_thread, main_thread
from time import monotonic, time
from typing import Any

from mlcl_core.errors import InputError, RunFailed
from mlcl_core.runs.files import read_lines
from mlcl_core.runs.launch import asked
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.records import FAILED, FINISHED, QUEUED, STOPPED
from mlcl_core.runs.worker.heartbeat import Heartbeat
from mlcl_core.studies.executors import StudyStopped
from mlcl_core.studies.folder import StudyFolder

LOOK_SECONDS = 0.3  # between two looks at requests, and two notes of the phase
LOCK = "study.lock"
LOCK_SECONDS = 2.0  # for a process that is about to end
MAX_ERROR = 500  # characters


class Working:
    """This process as the one that works on a study; a context manager around the work.

    The state in which the study ended is written when the context ends: finished, stopped (by :class:`StudyStopped` or
    the keyboard), or failed.

    Args:
        folder: The study.

    Raises:
        InputError: Another process works on it.
    """

    def __init__(self, folder: StudyFolder) -> None:
        """Nothing is written yet."""
        self._folder, self._lock = folder, FileLock(folder.path / LOCK)
        self._terminated, self._looked = False, 0.0
        self._asked = asked(folder.run)
        self._heart: Heartbeat | None = None

    @contextmanager
    def working(self) -> Iterator[None]:
        """The work itself."""
        if not self._lock.acquire(patience=LOCK_SECONDS):
            raise InputError(f"study {self._folder.name!r} has a process that works on it already")
        before = self._folder.run.written_status()
        status = replace(before, state=QUEUED, phase="starting", eta=None, asked=self._asked, waiting_for=None)
        heart = self._heart = Heartbeat(self._folder.path / "status.json", replace(status, heartbeat=time()))
        heart.start()
        end: dict[str, Any] = {"state": FINISHED}
        earlier = _on_sigterm(lambda *_: setattr(self, "_terminated", True))
        try:
            yield
        except (StudyStopped, KeyboardInterrupt):
            end = {"state": STOPPED}
            raise
        except BaseException as error:
            kind = "" if isinstance(error, InputError | RunFailed) else f"{type(error).__name__}: "
            end = {"state": FAILED, "error": f"{kind}{' '.join(str(error).split())}"[:MAX_ERROR]}
            raise
        finally:
            _on_sigterm(earlier)
            heart.end(**end, phase=None, eta=None, waiting_for=None)
            self._lock.release()

    def note(self, state: str, phase: str, eta: float | None) -> None:
        """Note what is under way.

        Raises:
            StudyStopped: SIGTERM, or :func:`mlcl_core.studies.launch.stop_study`, has asked for the end.
        """
        if self._terminated:
            raise StudyStopped
        now = monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        if self._heart is not None:
            waiting = phase if state == QUEUED else None
            self._heart.set(
                write=state != self._heart.status.state, state=state, phase=phase, eta=eta, waiting_for=waiting
            )
        if asked(self._folder.run) > self._asked:
            lines = read_lines(self._folder.path / "requests.jsonl")
            if any(line.get("action") == "stop" and line.get("at", 0) > 0 for line in lines[self._read :]):
                raise StudyStopped

    @property
    def _read(self) -> int:
        """Requests that were made of an earlier process."""
        with suppress(OSError), (self._folder.path / "requests.jsonl").open("rb") as file:
            return file.read(self._asked).count(b"\n")
        return 0


def _on_sigterm(handler: Any) -> Any:
    """Set the handler of SIGTERM, which only the main thread can; returns the one before."""
    if current_thread() is not main_thread() or handler is None:
        return None
    return signal.signal(signal.SIGTERM, handler)


__all__ = ["Working"]
