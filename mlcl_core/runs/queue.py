"""The queue of a device: one run at a time on each device of a home directory, first come, first served."""

from collections.abc import Iterator
from pathlib import Path
from socket import gethostname

from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.records import QUEUED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store


def wait_for_device(home: Path, run: Run, device: str) -> Iterator[str | None]:
    """Try for the device at each iteration; runs are served in the order in which their workers started.

    Yields:
        The name of the run that is served before this one; None once the device is held, until the process ends.
    """
    # several machines may share the home directory, and each has its own devices
    store, lock = Store(home), FileLock(home / "locks" / f"{gethostname()}-{device}.lock")
    while True:
        before = ahead(store, run, device)
        if not before and lock.acquire():
            _HELD.append(lock)
            yield None
            return
        yield before[0].name if before else _holder(store, run, device)


# Held until the process ends; kept here so that a test can release them.
_HELD: list[FileLock] = []


def ahead(store: Store, run: Run, device: str) -> list[Run]:
    """Queued runs on the same device whose workers started earlier, in that order."""
    mine = (run.written_status().started or 0.0, run.id)
    found = []
    for other in store.runs():
        status = other.status()
        place = (status.started or 0.0, other.id)
        here = status.pid is not None and status.host == gethostname() and status.device == device
        if other.id != run.id and status.state == QUEUED and here and place < mine:
            found.append((place, other))
    return [other for _, other in sorted(found, key=lambda one: one[0])]


def _holder(store: Store, run: Run, device: str) -> str:
    for other in store.runs():
        status = other.status()
        here = status.host == gethostname() and (status.device or "").split(" ")[0] == device
        if other.id != run.id and status.alive and status.state != QUEUED and here:
            return other.name
    return "another run"
