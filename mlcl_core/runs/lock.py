"""Locks that the kernel gives back when their holder dies, however it dies."""

import fcntl
import os
from pathlib import Path
from time import monotonic, sleep


class FileLock:
    """One holder at a time, across processes; released by ``release`` or by the end of the process."""

    def __init__(self, path: Path):
        """Name the lock's file; nothing is locked yet."""
        self.path = path
        self._handle: int | None = None

    def acquire(self, *, patience: float = 0.0) -> bool:
        """Try to take the lock, for ``patience`` seconds; False when somebody else keeps it."""
        end = monotonic() + patience
        while not self._take():
            if monotonic() >= end:
                return False
            sleep(0.05)
        return True

    def _take(self) -> bool:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
