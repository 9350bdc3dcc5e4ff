"""torch and what needs it, loaded in the background: a server answers before it, a page paints before it."""

import gc
import threading
from contextlib import suppress
from pathlib import Path

from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory

_lock = threading.Lock()
_threads: list[threading.Thread] = []


def begin() -> threading.Thread:
    """Begin to load, once a process; `mlcl app` does before the server is up, a page where nobody did.

    On a fresh machine what maps need is compiled too, by a process of its own.
    """
    with _lock:
        if not _threads:
            home = None
            with suppress(InputError, OSError):  # one that cannot be used is said where the page needs it
                home = home_directory()
            # no daemon: one that is ended in the middle of loading native code takes the process with it (`terminate
            # called without an active exception`)
            _threads.append(threading.Thread(target=_load, args=(home,), name="warm-torch"))
            _threads[0].start()
    return _threads[0]


def done() -> bool:
    """Whether everything is loaded."""
    return not begin().is_alive()


def wait() -> None:
    """Return once everything is loaded: two threads that load torch at once meet half of it."""
    begin().join()


def _load(home: Path | None) -> None:
    try:
        import torch

        torch.set_num_threads(1)  # the pages' small products are quicker so, and the training keeps the cores
        from mlcl_core.runs import launch
    except RuntimeError:
        if _server_lives():
            raise
        return  # where Python is about to end, some libraries refuse to load
    # modules live as long as the server: no collection need look through them again
    gc.collect()
    gc.freeze()
    if home is not None and _server_lives():
        with suppress(InputError, OSError):
            launch.spawn_warm_up(home)


def _server_lives() -> bool:
    return threading.main_thread().is_alive()
