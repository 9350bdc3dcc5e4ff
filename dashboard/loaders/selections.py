"""The named selections of a run."""

from contextlib import suppress

import numpy as np

from dashboard.loaders.cached import cached_by_file
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run
from mlcl_core.runs.selections import checked_selection_name, read_selection, selection_names, selection_path


def named_selection(run: Run, name: str) -> np.ndarray:
    """The item ids of a selection, ascending.

    Raises:
        InputError: There is no such selection, or its file is damaged.
    """
    return _named_selection(run, checked_selection_name(name))


@cached_by_file(selection_path, entries=20)
def _named_selection(run: Run, name: str) -> np.ndarray:
    return read_selection(run, name)


def selection_name(run: Run, ids: np.ndarray) -> str:
    """The name of the selection that holds these ids (ascending) and no other; empty: there is none."""
    for name in selection_names(run):
        with suppress(InputError):
            if np.array_equal(_named_selection(run, name), ids):
                return name
    return ""
