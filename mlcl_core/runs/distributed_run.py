"""A run that several processes train (torchrun, ``accelerate launch``): the first one writes, the others train along.

Every process is given the same command. The first one makes the run directory and is its worker, in the foreground;
nothing else in it differs from a run of one process. A process that ends early takes the others with it: its closed
connection fails their next exchange, and the launcher ends who is left.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.runs import launch
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store


def processes() -> int:
    """How many processes were launched to train together; 1: this one is alone."""
    return _number("WORLD_SIZE", 1)


def is_first() -> bool:
    """Whether this process is the one that writes."""
    return _number("RANK", 0) == 0


def train(store: Store, config: TrainConfig, name: str | None) -> Run | None:
    """Train a new run with the other processes, to its end; gives the run in the first process, None in the others.

    Raises:
        InputError: As :func:`mlcl_core.runs.launch.start`, in every process alike.
        RunFailed: Another process ended early (said in the others too).
    """
    if not is_first():
        _along(config, None)
        return None
    run = launch.create(store, config, name)
    _work(run)
    return run


def resume(run: Run) -> Run | None:
    """Go on with a run that ended early, with the other processes; each of them must see its directory.

    Raises:
        InputError: It runs, or is finished.
        RunFailed: Another process ended early.
    """
    if not is_first():
        from mlcl_core.runs.write import read_checkpoint

        _along(run.config(), read_checkpoint(run)[0])
        return None
    notice = launch.take_up(run)
    if notice is not None:
        sys.stderr.write(f"{run.name}: {notice}\n")
    _work(run)
    return run


def _work(run: Run) -> None:
    from mlcl_core.runs import worker

    sys.stderr.write(f"{run.name}: {processes()} processes train, {run.path}\n")
    with _connections_closed():
        worker.main(run.path)


def _along(config: TrainConfig, checkpoint: Any) -> None:
    from mlcl_core.engine import Trainer

    with _connections_closed():
        Trainer(config, checkpoint).follow()


@contextmanager
def _connections_closed() -> Iterator[None]:
    """However the training ends, its connections end before the process does."""
    from mlcl_core.engine.process_group import close_connections

    try:
        yield
    finally:
        close_connections()


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if text and not text.isdecimal():
        raise InputError(f"{name} in the environment is {text!r}; a launcher sets it to a number")
    return int(text or default)


__all__ = ["is_first", "processes", "resume", "train"]
