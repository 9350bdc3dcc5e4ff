"""Progress of a reader, in rows or bytes, reported to the process that asks; without any, the process is ended."""

import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic

PATIENCE = 60  # seconds without progress
EVERY = 0.5  # seconds between two reports
OPEN_FILES = Path("/proc/self/fd")  # of this process, on Linux

Report = Callable[[int, int, str], None]

_patience = 0
_report: Report | None = None
_file = Path()
_due = 0.0


def watch(seconds: int) -> None:
    """Let the system end this process after so many seconds without progress; 0: never.

    The system's alarm is used because a library that hangs lets no Python handler and no other Python thread run.
    """
    global _patience
    _patience = seconds
    signal.alarm(seconds)


def report_to(report: Report | None, path: Path = Path()) -> None:
    """Call ``report(done, total, unit)`` as ``path`` is read, at most every ``EVERY`` seconds; None: never."""
    global _report, _file, _due
    _report, _file, _due = report, path, monotonic() + EVERY


def progress(done: int = 0, total: int = 0, unit: str = "bytes") -> None:
    """Report that rows or bytes were read. Only they are progress, as their number is finite; time spent is not.

    Args:
        done, total: How many of how many are read; 0 of 0: as many bytes as lie before the place in the file from which
            it is read next, where the system tells it.
        unit: What they are.
    """
    global _due
    if _patience:
        signal.alarm(_patience)
    if _report is not None and monotonic() >= _due:
        _due = monotonic() + EVERY
        _report(*((done, total, unit) if total else (*_bytes_read(), "bytes")))


def _bytes_read() -> tuple[int, int]:
    """The place in the file and its size; 0 of 0 where nothing tells it: libraries may read at places of their own."""
    with suppress(OSError, ValueError):
        size, wanted = _file.stat().st_size, str(_file.resolve())
        for entry in OPEN_FILES.iterdir():
            with suppress(OSError):
                if str(entry.readlink()) == wanted:
                    place = Path(f"/proc/self/fdinfo/{entry.name}").read_text().split("\n", 1)[0]
                    return min(int(place.removeprefix("pos:")), size), size
    return 0, 0
