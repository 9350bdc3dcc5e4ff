"""Progress of a reader: rows or bytes that were read. A process in which there is none for a while is ended."""

import signal

PATIENCE = 60  # seconds without progress

_patience = 0


def watch(seconds: int) -> None:
    """From here on the system ends this process after so many seconds without progress; 0: no longer.

    By the system's alarm: a library that hangs lets no handler and no other thread of Python run.
    """
    global _patience
    _patience = seconds
    signal.alarm(seconds)


def progress() -> None:
    """Tell that rows or bytes were read, of which there are only so many; time spent is no progress."""
    if _patience:
        signal.alarm(_patience)
