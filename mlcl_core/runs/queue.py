"""One run at a time on each device of a home directory; further ones wait their turn, visibly."""

from collections.abc import Iterator
from pathlib import Path
from socket import gethostname

from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.records import QUEUED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store


def turn(home: Path, run: Run, device: str) -> Iterator[str | None]:
    """Try for the device again and again: gives the name of the run that stands before this one, None at last.

    The lock is held from then on until the process ends. First come, first served, by the worker's start.
    """
    # the home may lie on a disk that several machines share, and each has a CPU of its own
    store, lock = Store(home), FileLock(home / "locks" / f"{gethostname()}-{device}.lock")
    while True:
        before = ahead(store, run, device)
        if not before and lock.acquire():
            _HELD.append(lock)
            yield None
            return
        yield before[0].name if before else _holder(store, run, device)


# Locks live as long as the process: nobody may close one by losing the last reference to it.
_HELD: list[FileLock] = []


def ahead(store: Store, run: Run, device: str) -> list[Run]:
    """Queued runs on the same device whose workers began earlier, the first of them first."""
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
