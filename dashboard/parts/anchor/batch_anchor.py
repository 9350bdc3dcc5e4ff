"""The batch that the timeline points at, and the anchor in it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.anchor import most_informative_anchor
from dashboard.figures.formatting import escaped
from dashboard.parts.cloud.cloud_view import anchor_row
from mlcl_core.errors import InputError
from mlcl_core.runs.records import Batch
from mlcl_core.runs.run import Run


@dataclass(frozen=True)
class ShownBatch:
    """A batch as a page shows it.

    ``row``: of the anchor. ``missing``: why the anchor is not the chosen item; empty where it is.
    """

    batch: Batch
    items: loaders.BatchItems
    row: int
    missing: str


def shown_batch(run: Run | None) -> ShownBatch | None:
    """The batch of the timeline's step, with the anchor in it; None where there is none.

    Raises:
        InputError: The batch cannot be read.
    """
    step = batch_step(run, st.session_state.get(state.STEP)) if run else None
    if run is None or step is None:
        return None
    batch = loaders.batch(run, step)
    return ShownBatch(batch, loaders.batch_items(run, step), *_anchor_in(run, batch))


def batch_step(run: Run, wanted: int | None) -> int | None:
    """``wanted`` if the run keeps a batch of that step (None, live: the newest batch); else None."""
    steps = run.batch_steps()
    return (steps[-1] if steps else None) if wanted is None else wanted if wanted in steps else None


def items_in_view(run: Run | None, *, batch: bool) -> tuple[np.ndarray | None, Sequence[str], int]:
    """Ids of the items in view (watched, or of the batch), the label names, and the id of the anchor."""
    watched = loaders.watched_items(run) if run else None
    if run is None or watched is None:
        return None, (), -1
    if batch:
        with suppress(InputError):  # the page below reports it
            if (shown := shown_batch(run)) is not None:
                return shown.batch.ids, shown.items.label_names, int(shown.batch.ids[shown.row])
    row = anchor_row(run, watched)
    return watched.ids, watched.label_names, int(watched.ids[row]) if row >= 0 else -1


def choose_row(run: Run, item: int, row: int) -> None:
    """Make a row of a batch the anchor, and its item the anchor among the watched items if it is one of them."""
    watched = loaders.watched_items(run)
    if watched is not None and item in watched.ids:
        st.session_state[state.ITEM] = item
    st.session_state[state.ROW] = {"item": item, "row": row, "beside": st.session_state.get(state.ITEM)}


def _anchor_in(run: Run, batch: Batch) -> tuple[int, str]:
    """Row of the anchor in a batch: the item chosen last, in a batch or among the watched items."""
    watched, chosen = loaders.watched_items(run), st.session_state.get(state.ROW)
    if chosen and chosen["beside"] == st.session_state.get(state.ITEM):
        item, wanted = chosen["item"], chosen["row"]
    elif watched is not None and len(watched.ids):
        item, wanted = int(watched.ids[anchor_row(run, watched)]), -1
    else:
        return max(most_informative_anchor(batch.y), 0), ""
    rows = np.flatnonzero(batch.ids == item)
    if len(rows):
        return (wanted if wanted in rows else int(rows[0])), ""
    row = max(most_informative_anchor(batch.y), 0)
    at = np.flatnonzero(watched.ids == item) if watched is not None else np.zeros(0, int)
    if watched is None or not len(at):
        return row, f"The anchor, item {item}, is not in this batch. This is another item."
    name = escaped(watched.names[at[0]] or f"item {item}")
    if (split := watched.split[at[0]]) != "train":
        return row, f"The anchor, {name}, is a {split} item: it is in no batch. This is another item."
    return row, f"The anchor, {name}, is not in this batch. This is another item."
