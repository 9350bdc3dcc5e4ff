"""Locks between processes that the system releases when their holder dies, however it dies."""

import os
from pathlib import Path
from time import monotonic, sleep

from filelock import lock_descriptor


class FileLock:
    """A lock with one holder at a time, across processes; released by :meth:`release` or by the end of the process.

    The file stays when the lock is released. Its content is a word of the last holder (:meth:`mark`), which is why the
    descriptor is opened here: acquiring and releasing must leave the content as it is.
    """

    def __init__(self, path: Path):
        """Name the file of the lock; nothing is locked yet."""
        self.path = path
        self._handle: int | None = None

    def acquire(self, *, patience: float = 0.0) -> bool:
        """Try for ``patience`` seconds to take the lock; returns whether it is held.

        Raises:
            OSError: The file cannot be opened for writing, as in a directory that is read only.
        """
        end = monotonic() + patience
        while not self._take():
            if monotonic() >= end:
                return False
            sleep(0.05)
        return True

    def _take(self) -> bool:
        # without parents: a run deleted in the meantime must not be made again, nor must the folder of all runs
        self.path.parent.mkdir(exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            locked = lock_descriptor(handle, blocking=False)
        except BaseException:
            os.close(handle)
            raise
        if not locked:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def mark(self, text: str) -> None:
        """Write a word into the file of a lock that is held: how its holder ended, for later readers."""
        assert self._handle is not None
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, text.encode())

    def marked(self) -> str | None:
        """The word of the last holder, empty where it left none; None: the lock was never held, or cannot be read."""
        try:
            return self.path.read_text(errors="replace")
        except OSError:
            return None

    def release(self) -> None:
        """Release the lock; does nothing when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
