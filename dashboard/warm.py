"""Loads torch in the background: the server answers, and the first page is painted, before it is there."""

import gc
import threading
from contextlib import suppress
from pathlib import Path

from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory

_lock = threading.Lock()
_threads: list[threading.Thread] = []


def begin() -> threading.Thread:
    """Begin to load, once per process: `mlcl app` before the server is up, else the first page.

    On a fresh machine the functions that maps need are compiled as well, by a process of its own.
    """
    with _lock:
        if not _threads:
            home = None
            with suppress(InputError, OSError):  # reported where a page needs the home directory
                home = home_directory()
            # not a daemon: ending a thread while it loads native code aborts the process (`terminate called without an
            # active exception`)
            _threads.append(threading.Thread(target=_load, args=(home,), name="warm-torch"))
            _threads[0].start()
    return _threads[0]


def done() -> bool:
    """Whether everything is loaded."""
    return not begin().is_alive()


def wait() -> None:
    """Return once everything is loaded: two threads that import torch at once see it half initialised."""
    begin().join()


def _load(home: Path | None) -> None:
    try:
        import torch

        torch.set_num_threads(1)  # faster for the small products of pages, and leaves the cores to training
        from mlcl_core.runs import launch
    except RuntimeError:
        if _server_lives():
            raise
        return  # some libraries refuse to load while Python shuts down
    # modules live as long as the server, so garbage collection may skip them
    gc.collect()
    gc.freeze()
    if home is not None and _server_lives():
        with suppress(InputError, OSError):
            launch.spawn_warm_up(home)


def _server_lives() -> bool:
    return threading.main_thread().is_alive()
