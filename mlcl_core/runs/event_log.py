"""What happened in a run, read from ``events.jsonl``: at each reading only what was added since the last."""

import os
import threading
from pathlib import Path
from typing import Any

from mlcl_core.runs.files import whole_objects


class EventLog:
    """The lines of one file of events, kept between readings; safe to read from several threads.

    A ``resumed`` line says from which step the run was taken up again: earlier lines of later steps are void.

    Args:
        path: The file; it may not be there yet.
    """

    def __init__(self, path: Path):
        """Nothing is read yet."""
        self._path = path
        self._lock = threading.Lock()
        self._kept: list[dict[str, Any]] = []
        self._offset, self._inode = 0, -1

    def read(self) -> list[dict[str, Any]]:
        """All that holds now, in order: a new list of lines that nobody may change."""
        with self._lock:
            added = self._added()
            whole = added.rfind(b"\n") + 1
            self._kept = _joined(self._kept, whole_objects(added[:whole]))
            self._offset += whole
            # the last line may lack its end (its writer was killed, or is at it): it counts if it is whole
            return _joined(list(self._kept), whole_objects(added[whole:]))

    def _forget(self) -> None:
        self._kept, self._offset, self._inode = [], 0, -1

    def _added(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                found = os.fstat(file.fileno())
                if found.st_size < self._offset or found.st_ino != self._inode:
                    self._forget()  # another file stands there now
                    self._inode = found.st_ino
                file.seek(self._offset)
                return file.read()
        except FileNotFoundError:
            self._forget()
            return b""


def _joined(kept: list[dict[str, Any]], lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for line in lines:
        if line.get("event") == "resumed":
            kept = [earlier for earlier in kept if _step(earlier) <= _step(line)]
        kept.append(line)
    return kept


def _step(line: dict[str, Any]) -> int | float:
    step = line.get("step", 0)
    return step if isinstance(step, int | float) else 0
