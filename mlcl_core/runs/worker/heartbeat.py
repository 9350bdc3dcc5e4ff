"""status.json, written by the worker; a thread writes it again every two seconds, whatever the training does."""

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
    """The status of a worker, and the thread that renews its heartbeat.

    A step may take minutes on a slow machine: the heartbeat tells a slow worker from a dead one.

    Attributes:
        status: The present status.
        memory: Megabytes used on the accelerator; None: the memory of the process is written instead.
    """

    def __init__(self, path: Path, status: Status):
        """Take a status over; this process is the worker from now on."""
        self.path = path
        self.memory: Callable[[], float | None] = lambda: None
        self._lock, self._end = Lock(), Event()
        self._process = psutil.Process()
        self.status = replace(
            status, pid=os.getpid(), started=self._process.create_time(), host=gethostname(), error=None
        )
        self._thread = Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        """Write the status and start the thread."""
        self.set()
        self._thread.start()

    def set(self, *, write: bool = True, **changes: Any) -> None:
        """Change the status; written at once, or with the next heartbeat."""
        with self._lock:
            self.status = replace(self.status, **changes)
            if write:
                self._write()

    def end(self, **changes: Any) -> None:
        """Stop the thread and write the last status, even on a disk without room for another file."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self.set(**changes)
        except OSError:
            # the blocks of the old file can be overwritten
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
                    # a full disk: the next heartbeat tries again, and the step that writes a file fails
                    continue

    def _write(self) -> None:
        held = self.memory()
        used = self._process.memory_info().rss / 2**20 if held is None else held
        self.status = replace(self.status, heartbeat=time(), memory_mb=round(used, 1))
        write_json(self.path, asdict(self.status), within=self.path.parent)
