"""Numbers of each watched item at a frame, from the engine's own functions."""

import numpy as np

from dashboard.loaders.cached import cached_by_file
from dashboard.loaders.run_files import frame, frame_file
from dashboard.loaders.run_loss import as_batch
from mlcl_core.runs.in_force import config_at
from mlcl_core.runs.run import Run

MAX_ITEMS = 10_000  # half a second: each item is compared with all others


def item_number(run: Run, step: int, name: str) -> np.ndarray | str:
    """The ``loss`` or the ``purity`` of each watched item at a frame; a text: why there is none.

    Raises:
        InputError: The frame cannot be read.
    """
    items = len(run.watched_items().ids)
    if items > MAX_ITEMS:
        return f"{name} is shown for up to {MAX_ITEMS:,} watched items, and there are {items:,}"
    if name == "loss":
        return _loss(run, step, config_at(run, step).loss.model_dump_json())
    return _purity(run, step)


@cached_by_file(frame_file, entries=8, spinner=False)
def _loss(run: Run, step: int, settings: str) -> np.ndarray | str:
    taken = as_batch(run, step)
    if taken is None:
        return "the loss of the run compares no pairs of items"
    from dashboard.figures.item_loss import loss_of_items

    return loss_of_items(*taken)


@cached_by_file(frame_file, entries=8, spinner=False)
def _purity(run: Run, step: int) -> np.ndarray:
    import torch

    from mlcl_core.metrics import nearest_neighbours, purity

    h = torch.from_numpy(frame(run, step).h.astype(np.float32))
    return purity(nearest_neighbours(h), run.watched_items().labels)
