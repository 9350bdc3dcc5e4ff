"""The selection of this session: which watched items of the current run, and the steps back and forward.

It belongs to the items: a run that watches the same ones keeps it, with its history; another run has its own.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.selected import Chosen, History, How, Shown, combined
from dashboard.parts.frame.current import current_run
from mlcl_core.runs.run import Run

MAX_LISTS = 8  # of items whose selections are kept

Ids = np.ndarray | Iterable[int]


def selected_ids() -> np.ndarray | None:
    """Sorted int64 ids of the current run's selected items; None without a selection, so that all items count."""
    ids, history = _current()
    mask = history.now.mask(len(ids))
    return None if mask is None else np.sort(ids[mask])


def select(ids: Ids, how: How = "replace", why: str = "lasso") -> None:
    """Select items by their ids, add them to the selection or take them away from it: one step of the history.

    Ids that the current run does not watch count for nothing. Without a selection, adding selects the items, and taking
    away selects all others. ``why`` says in a word where the selection came from.
    """
    watched, history = _current()
    given = np.isin(watched, np.fromiter(ids, np.int64))
    _keep(history.then(Chosen.of(combined(history.now.mask(len(watched)), given, how), why)))


def select_all() -> None:
    """Select every watched item by name, unlike :func:`clear`."""
    watched, history = _current()
    _keep(history.then(Chosen.of(np.ones(len(watched), bool), "all")))


def invert() -> None:
    """Select the items that are not selected; none where there is no selection."""
    watched, history = _current()
    mask = history.now.mask(len(watched))
    _keep(history.then(Chosen.of(np.zeros(len(watched), bool) if mask is None else ~mask, "inverted")))


def clear() -> None:
    """No selection: all items count. A step of the history like any other."""
    _keep(_current()[1].then(Chosen()))


def undo() -> None:
    """One step back."""
    _keep(_current()[1].undone())


def redo() -> None:
    """One step forward."""
    _keep(_current()[1].redone())


def why_selected() -> str:
    """In a word, where the selection came from; empty without one."""
    return _current()[1].now.why


def shown_on(run: Run) -> Shown:
    """The selection on a cloud of ``run``, which may be another run than the current one: items are joined by id."""
    watched, history = _current()
    mask = history.now.mask(len(watched))
    items = loaders.watched_items(run)
    if mask is not None and items is not None and not np.array_equal(items.ids, watched):
        mask = np.isin(items.ids, watched[mask])
    return Shown(mask, bool(history.past), bool(history.ahead), st.session_state.get(state.SELECTION_SEEN, 0))


def _run() -> Run | None:
    """The current run as the page shows it; all runs are listed only where it is not there."""
    chosen = st.session_state.get(state.RUN)
    if isinstance(chosen, str) and Path(chosen).name == chosen:
        run = Run(loaders.store().folder / chosen)
        if loaders.has_watched_items(run):
            return run
    return current_run()


def _current() -> tuple[np.ndarray, History]:
    """Ids of the current run's watched items, in their order, and the history of their selection."""
    run = _run()
    items = loaders.watched_items(run) if run else None
    if items is None:
        return np.zeros(0, np.int64), History()
    return items.ids.astype(np.int64), _kept().get(_list_of(run), History())


def _keep(history: History) -> None:
    run = _run()
    name = _list_of(run)
    if not name:
        return
    kept = {key: value for key, value in _kept().items() if key != name}
    st.session_state[state.SELECTION] = dict([*kept.items(), (name, history)][-MAX_LISTS:])


def _kept() -> dict[str, History]:
    kept: dict[str, History] = st.session_state.get(state.SELECTION, {})
    return kept


def _list_of(run: Run | None) -> str:
    """The name of a run's list of watched items: equal lists have equal names. Empty where there is none yet."""
    shipped = loaders.items_message(run) if run else None
    return shipped[0] if shipped else ""
