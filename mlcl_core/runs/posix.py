"""What needs POSIX signals: training in a process of its own. Runs are read on any system."""

import signal

from mlcl_core.errors import InputError


def require_posix(what: str) -> None:
    """Refuse on systems without POSIX signals, such as Windows.

    Raises:
        InputError: ``what`` needs Linux or macOS, and this system is another.
    """
    if not hasattr(signal, "pthread_kill"):
        raise InputError(f"{what} on Linux and macOS only; on this system runs are read (mlcl runs, show, app)")
