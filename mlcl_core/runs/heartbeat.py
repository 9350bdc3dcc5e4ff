"""status.json: what the worker says of itself, written again every two seconds by a thread, not by the step."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from socket import gethostname
from threading import Event, Lock, Thread
from time import time
from typing import Any

import psutil

from mlcl_core.runs.files import write_json
from mlcl_core.runs.records import Status

SECONDS = 2.0


class Heartbeat:
    """The worker's status and the thread that keeps its heartbeat young.

    A step may take minutes on a slow machine: only the thread tells a slow worker from a dead one.
    """

    def __init__(self, path: Path, status: Status):
        """Take over the status as it is; this process is the worker from now on."""
        self.path = path
        # what an accelerator holds, once there is one; else the process's own memory is told
        self.memory: Callable[[], float | None] = lambda: None
        self._lock, self._end = Lock(), Event()
        self._process = psutil.Process()
        self.status = replace(
            status, pid=os.getpid(), started=self._process.create_time(), host=gethostname(), error=None
        )
        self._thread = Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        """Write the status and begin to beat."""
        self.set()
        self._thread.start()

    def set(self, *, write: bool = True, **changes: Any) -> None:
        """Change the status; written at once, or with the next beat."""
        with self._lock:
            self.status = replace(self.status, **changes)
            if write:
                self._write()

    def end(self, **changes: Any) -> None:
        """Stop beating and leave a last word, even on a disk that has no room for another file."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self.set(**changes)
        except OSError:
            # the block in which the old file lies is still ours
            data = json.dumps(asdict(self.status)).encode()
            with suppress(OSError), self.path.open("r+b") as file:
                file.write(data)
                file.truncate()

    def _beat(self) -> None:
        while not self._end.wait(SECONDS):
            with self._lock:
                try:
                    self._write()
                except OSError:
                    # a full disk: the next beat tries again, and the step that meets it says so
                    continue

    def _write(self) -> None:
        held = self.memory()
        used = self._process.memory_info().rss / 2**20 if held is None else held
        self.status = replace(self.status, heartbeat=time(), memory_mb=round(used, 1))
        write_json(self.path, asdict(self.status), within=self.path.parent)
