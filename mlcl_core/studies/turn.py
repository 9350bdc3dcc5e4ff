"""The turns of a study on a device of this machine: it waits like a run, and lets runs go first between two cells."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.queue import device_lock, waiting_runs
from mlcl_core.runs.store import Store

POLL_SECONDS = 0.5
LOOK_SECONDS = 2.0  # between two looks at the queue: each reads the status of every run


class Turn:
    """Holds the device while cells are trained.

    Args:
        home: The home directory.
        device: ``cpu``, ``cuda`` or ``mps``.
        waiting: Called with what is served first, while the study waits; an exception ends it.
    """

    def __init__(self, home: Path, device: str, waiting: Callable[[str], None]) -> None:
        """Nothing is held yet."""
        self._store, self._device, self._waiting = Store(home), device, waiting
        self._lock: FileLock = device_lock(home, device)
        self._held, self._looked = False, 0.0

    def take(self) -> None:
        """Hold the device, once no run waits for it; called before each cell."""
        now = monotonic()
        if self._held:
            if now - self._looked < LOOK_SECONDS:
                return
            self._looked = now
            if not waiting_runs(self._store, self._device):
                return
            self.release()
        while True:
            runs = waiting_runs(self._store, self._device)
            if not runs and self._lock.acquire():
                self._held, self._looked = True, monotonic()
                return
            self._waiting(runs[0].name if runs else "another training")
            sleep(POLL_SECONDS)

    def release(self) -> None:
        """Let others have the device."""
        self._lock.release()
        self._held = False


__all__ = ["Turn"]
