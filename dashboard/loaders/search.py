"""What is searched in: the watched items of a run, the items of a batch."""

import numpy as np

from dashboard.figures.search import SearchIndex
from dashboard.figures.search import search_index as made_index
from dashboard.loaders.batches import batch, batch_file, batch_items
from dashboard.loaders.cached import cached_by_file
from dashboard.loaders.run_files import watched_file
from mlcl_core.runs.run import Run


@cached_by_file(watched_file, entries=4)
def search_index(run: Run) -> SearchIndex:
    """The index of a run's watched items."""
    items = run.watched_items()

    def with_labels(columns: list[int]) -> np.ndarray:
        return np.asarray(items.labels[:, columns].any(1))

    names = [name or f"item {item}" for name, item in zip(items.names, items.ids, strict=True)]
    return made_index(items.ids, names, items.label_names, with_labels, items.texts)


@cached_by_file(batch_file, entries=4)
def batch_index(run: Run, step: int) -> SearchIndex:
    """The index of the views in the batch just trained on at a step."""
    trained, items = batch(run, step), batch_items(run, step)

    def with_labels(columns: list[int]) -> np.ndarray:
        return np.asarray(trained.y[:, columns].any(1))

    return made_index(trained.ids, items.names, items.label_names, with_labels, items.texts)
