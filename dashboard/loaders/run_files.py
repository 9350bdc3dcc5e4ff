"""The files of a run: events, frames, watched items."""

from functools import lru_cache
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

import numpy as np

from dashboard.loaders.cached import cached_by_file, written_at
from mlcl_core.engine.config import TrainConfig
from mlcl_core.home_directory import home_to_read
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.in_force import in_force
from mlcl_core.runs.listing import of_study
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import Frame, WatchedItems
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

KEPT_SECONDS = 5.0
YOUNG_NS = 1_000_000_000
# by folder: when it was changed, until when it is kept, all runs, and those of no study
_listed: dict[str, tuple[int, float, list[Run], list[Run]]] = {}


def store() -> Store:
    """The run store of the home directory, which may be read-only.

    Raises:
        InputError: The home directory cannot be used.
    """
    return Store(home_to_read())


def runs(*, studies: bool = False) -> list[Run]:
    """All runs, newest first; the cells of studies too, where these are asked for.

    The list is kept for some seconds while no run comes or goes: with hundreds of runs every part of a page would list
    them again, second by second.

    Raises:
        InputError: As :meth:`mlcl_core.runs.store.Store.runs`.
    """
    place = store()
    path, changed = str(place.folder), written_at(place.folder)
    kept = _listed.get(path)
    if kept is not None and kept[0] == changed and monotonic() < kept[1]:
        return list(kept[2] if studies else kept[3])
    found = place.runs()
    own = [run for run in found if not of_study(run)]
    # a run that comes within the same tick of the file system's clock would not be seen
    if time_ns() - changed > YOUNG_NS:
        _listed[path] = (changed, monotonic() + KEPT_SECONDS, found, own)
    return list(found if studies else own)


def events(run: Run) -> list[dict[str, Any]]:
    """All events of a run; only the lines added since the last call are read."""
    return _event_log(str(run.path)).read()


def config_at(run: Run, step: int | None) -> TrainConfig:
    """The configuration in force at a step, as :func:`mlcl_core.runs.in_force.config_at`."""
    return in_force(run.config(), events(run), step)


def odd_events(run: Run) -> str | None:
    """How many lines of a run's events the last call of :func:`events` skipped, and why; None: none."""
    odd = _event_log(str(run.path)).odd
    return None if odd is None else f"events.jsonl: {odd}"


@lru_cache(maxsize=6)
def _event_log(path: str) -> EventLog:
    return EventLog(Path(path) / "events.jsonl")


def frame_file(run: Run, step: int, *_: Any) -> Path:
    """The file of a frame."""
    return numbered_path(run.path / "frames", step)


@cached_by_file(frame_file, entries=24)
def frame(run: Run, step: int) -> Frame:
    """The watched items at a step."""
    return run.frame(step)


def watched_file(run: Run) -> Path:
    """The file of the watched items."""
    return run.path / "probe.parquet"


def has_watched_items(run: Run) -> bool:
    """Whether the list of watched items is written."""
    return written_at(watched_file(run)) > 0


def watched_items(run: Run) -> WatchedItems | None:
    """The watched items; None while they are not written yet."""
    return run.watched_items() if has_watched_items(run) else None


def items_message(run: Run) -> tuple[str, bytes] | None:
    """Digest of a run's watched items and their message to the cloud; None while they are not written yet."""
    return _items_message(run) if has_watched_items(run) else None


@cached_by_file(watched_file, entries=8)
def _items_message(run: Run) -> tuple[str, bytes]:
    from dashboard.figures.cloud import items_message as message

    items = run.watched_items()
    return message(
        ids=items.ids,
        names=items.names,
        labels=items.labels,
        label_names=items.label_names,
        pictures=items.pictures,
        texts=items.texts,
    )


@cached_by_file(watched_file, entries=8)
def default_anchor(run: Run) -> int:
    """Row of the item that is the anchor until another one is chosen."""
    from dashboard.figures.anchor import most_informative_anchor

    return most_informative_anchor(run.watched_items().labels)


def nearest_step(steps: list[int], wanted: int | None) -> int | None:
    """The last of ``steps`` not after ``wanted`` (None: the last of all), else the first; None when there are none."""
    if not steps:
        return None
    if wanted is None:
        return steps[-1]
    place = int(np.searchsorted(steps, wanted, side="right")) - 1
    return steps[max(place, 0)]
