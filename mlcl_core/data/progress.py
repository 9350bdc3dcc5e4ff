"""Progress of a reader, in rows or bytes read: a process without progress for a while is ended."""

import signal

PATIENCE = 60  # seconds without progress

_patience = 0


def watch(seconds: int) -> None:
    """Let the system end this process after so many seconds without progress; 0: never.

    The system's alarm is used because a library that hangs lets no Python handler and no other Python thread run.
    """
    global _patience
    _patience = seconds
    signal.alarm(seconds)


def progress() -> None:
    """Report that rows or bytes were read. Only they are progress, as their number is finite; time spent is not."""
    if _patience:
        signal.alarm(_patience)
