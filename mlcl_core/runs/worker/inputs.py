"""What a worker trains on: the newest valid checkpoint, and the data that the run was trained on so far."""

from collections.abc import Callable
from typing import Any

from mlcl_core.runs.files import remove_leftovers
from mlcl_core.runs.run import Run


def read_inputs(run: Run, on_progress: Callable[[int, int, str], None]) -> tuple[Any, Any, str | None]:
    """Checkpoint (None: training begins), data, and a notice for the user (None: there is nothing to say).

    At the first reading what the data are is written into the run.

    Raises:
        InputError: No checkpoint is valid, or the data changed or cannot be read; the run's records are unchanged.
    """
    from mlcl_core.runs import write
    from mlcl_core.runs.run_data import open_run_data, write_data

    remove_leftovers(run.path)
    on_progress(0, 3, "starting: looking for a checkpoint")
    checkpoint, notice = write.read_checkpoint(run)
    on_progress(0, 3, "starting: loading the data")
    data, about = open_run_data(run)
    write_data(run, data)
    return checkpoint, data, " ".join(filter(None, (notice, about))) or None
