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
        # never the folder above: a run that was deleted meanwhile must not come back as a ghost
        self.path.parent.mkdir(exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def mark(self, text: str) -> None:
        """Leave a word in the file of a lock that is held, for whoever finds it free: how its holder ended."""
        assert self._handle is not None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, text.encode(), 0)

    def marked(self) -> str | None:
        """The last word of whoever held the lock; None: nobody ever did."""
        try:
            return self.path.read_text(errors="replace")
        except OSError:
            return None

    def release(self) -> None:
        """Give the lock back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
