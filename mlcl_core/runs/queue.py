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
    store, lock = Store(home), device_lock(home, device)
    while True:
        before = ahead(store, run, device)
        if not before and lock.acquire():
            _HELD.append(lock)
            yield None
            return
        yield before[0].name if before else _holder(store, run, device)


def device_lock(home: Path, device: str) -> FileLock:
    """The lock of a device of this machine: several may share the home directory, and each has its own devices."""
    return FileLock(home / "locks" / f"{gethostname()}-{device}.lock")


def waiting_runs(store: Store, device: str) -> list[Run]:
    """Queued runs whose workers wait for a device of this machine, in the order in which they started."""
    found = []
    for run in store.runs():
        status = run.status()
        here = status.pid is not None and status.host == gethostname() and status.device == device
        if status.state == QUEUED and here:
            found.append(((status.started or 0.0, run.id), run))
    return [run for _, run in sorted(found, key=lambda one: one[0])]


# Held until the process ends; kept here so that a test can release them.
_HELD: list[FileLock] = []


def ahead(store: Store, run: Run, device: str) -> list[Run]:
    """Queued runs on the same device whose workers started earlier, in that order."""
    mine = (run.written_status().started or 0.0, run.id)
    waiting = ((other.written_status().started or 0.0, other) for other in waiting_runs(store, device))
    return [other for started, other in waiting if other.id != run.id and (started, other.id) < mine]


def _holder(store: Store, run: Run, device: str) -> str:
    for other in store.runs():
        status = other.status()
        here = status.host == gethostname() and (status.device or "").split(" ")[0] == device
        if other.id != run.id and status.alive and status.state != QUEUED and here:
            return other.name
    return "another run"
