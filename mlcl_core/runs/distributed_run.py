"""A run trained by several processes (torchrun, ``accelerate launch``): rank 0 writes, the other ranks only train.

Every process is given the same command. Rank 0 makes the run directory and is its worker, in the foreground; the run
does not differ otherwise from a run of one process. When a process ends early, its closed connection fails the next
collective operation of the others, and the launcher ends the remaining processes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.runs import launch
from mlcl_core.runs.ranks import is_rank_zero, world_size
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store


def train(store: Store, config: TrainConfig, name: str | None) -> Run | None:
    """Train a new run to its end; returns the run on rank 0, None on the other ranks.

    Raises:
        InputError: As :func:`mlcl_core.runs.launch.start`, on every rank.
        RunFailed: Another process ended early.
    """
    if not is_rank_zero():
        _follow(config, None)
        return None
    run = launch.create(store, config, name)
    _work(run)
    return run


def resume(run: Run) -> Run | None:
    """Resume a run and train it to its end; every process must see the run's directory.

    Raises:
        InputError: The run is alive or finished; on any rank, its data changed.
        RunFailed: Another process ended early.
    """
    if not is_rank_zero():
        from mlcl_core.runs.run_data import open_run_data
        from mlcl_core.runs.write import read_checkpoint

        # this machine's own copy of the data may have changed
        _follow(run.config(), read_checkpoint(run)[0], open_run_data(run)[0])
        return None
    notice = launch.take_up(run)
    if notice is not None:
        sys.stderr.write(f"{run.name}: {notice}\n")
    _work(run)
    return run


def _work(run: Run) -> None:
    from mlcl_core.runs.worker import process

    sys.stderr.write(f"{run.name}: {world_size()} processes train, {run.path}\n")
    with _connections_closed():
        process.main(run.path)


def _follow(config: TrainConfig, checkpoint: Any, data: Any = None) -> None:
    from mlcl_core.engine import Trainer

    with _connections_closed():
        Trainer(config, checkpoint, data).follow()


@contextmanager
def _connections_closed() -> Iterator[None]:
    """Close the connections at the end of the training, also after an error."""
    from mlcl_core.engine.process_group import close_connections

    try:
        yield
    finally:
        close_connections()


__all__ = ["resume", "train"]
