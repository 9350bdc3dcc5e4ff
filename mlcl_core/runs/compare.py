"""Two runs side by side: the items that both watch, and what the runs do not share."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from mlcl_core.data import data_changes, form_changes
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.summary import leaves
from mlcl_core.errors import InputError
from mlcl_core.maps.faithfulness import score_sample
from mlcl_core.runs.event_log import interventions
from mlcl_core.runs.records import WatchedItems
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import Written, read_data

SEEDS = ("seed", "data.seed")
MAX_COMPARED = 20_000  # items, whose neighbours take seconds; the time grows with the square of their number
NOT_SETTINGS = ("schema_version", "preset")  # of the file, not of the training


@dataclass(frozen=True, eq=False)
class CommonItems:
    """The items that two runs watch, joined by id.

    Attributes:
        rows: Their rows among the watched items of each run, by ascending id, [2 m].
        watched: How many items each run watches.
        other: Number of ids that both watch and that stand for another item in each; they are left out.
        relabelled: Number of common items whose labels differ.
        resplit: Number of common items that are in another split.
        sampled_from: Number of items that both watch, where only a fixed sample of them is compared; 0: all are.
    """

    rows: Int64[np.ndarray, "2 m"]
    watched: tuple[int, int]
    other: int
    relabelled: int
    resplit: int
    sampled_from: int = 0

    def __len__(self) -> int:
        """The number of common items that are compared."""
        return self.rows.shape[1]

    @property
    def whole(self) -> bool:
        """Whether both runs watch the same items in the same order."""
        return self.watched[0] == self.watched[1] == len(self) and bool((self.rows[0] == self.rows[1]).all())


@dataclass(frozen=True)
class Setting:
    """A setting that differs: its path, and its value in each run (None: one of them has no such setting)."""

    path: str
    values: tuple[Any, Any]


@dataclass(frozen=True)
class Unshared:
    """What two runs do not share.

    Attributes:
        data: How the data of the second differ from those of the first, a phrase each; empty: they are the same, as
            far as it is known.
        data_known: Whether both runs hold a description of their data, so that the above is certain.
        settings: Settings in force that differ, seeds first.
        versions: Schema versions of the configuration files, where they differ.
    """

    data: tuple[str, ...]
    data_known: bool
    settings: tuple[Setting, ...]
    versions: tuple[Any, Any] | None


def common_items(a: Run, b: Run) -> CommonItems:
    """The items that both runs watch.

    Items are joined by id. An id stands for the same item in both where the runs' data say so (a hash of each row),
    else where the texts are equal, or the names; items without either are the same where the data have one name.

    Edge cases:
        Of more than 20,000 common items a fixed random sample of 20,000 is compared, among themselves.

    Raises:
        InputError: A list of watched items cannot be read, or no item is in both.
    """
    items = a.watched_items(), b.watched_items()
    ids, *found = np.intersect1d(items[0].ids, items[1].ids, assume_unique=True, return_indices=True)
    rows = np.stack(found).astype(np.int64)
    same = _same_items((a, b), items, ids, rows)
    rows = rows[:, same]
    if not rows.shape[1]:
        raise InputError(_nothing_in_common((a, b), items, len(ids)))
    labels = _labels_differ(items, rows)
    split = items[0].split[rows[0]] != items[1].split[rows[1]]
    watched = len(items[0].ids), len(items[1].ids)
    in_both = rows.shape[1]
    rows = rows[:, score_sample(in_both, MAX_COMPARED)]
    differ = int((~same).sum()), int(labels.sum()), int(split.sum())
    return CommonItems(rows, watched, *differ, sampled_from=in_both if in_both > MAX_COMPARED else 0)


def _same_items(
    runs: Sequence[Run], items: Sequence[WatchedItems], ids: Int64[np.ndarray, " k"], rows: Int64[np.ndarray, "2 k"]
) -> Bool[np.ndarray, " k"]:
    known = [_written(run) for run in runs]
    if all(one is not None and one.rows and (not len(ids) or ids.max() < len(one.before)) for one in known):
        first, second = (one.before.items[ids] for one in known if one is not None)
        return np.asarray(first == second)
    for words in ([one.texts for one in items], [one.names if any(one.names) else None for one in items]):
        if all(one is not None for one in words):
            first, second = (np.array(one, dtype=object)[at] for one, at in zip(words, rows, strict=True))
            return np.asarray(first == second, dtype=bool)
    return np.full(len(ids), _source(runs[0]) == _source(runs[1]))


def _labels_differ(items: Sequence[WatchedItems], rows: Int64[np.ndarray, "2 m"]) -> Bool[np.ndarray, " m"]:
    """Whether an item has other labels, by their names: they may stand in another order."""
    names = sorted({*items[0].label_names, *items[1].label_names})
    place = {name: column for column, name in enumerate(names)}
    of_all = [np.zeros((rows.shape[1], len(names)), bool) for _ in items]
    for one, at, labels in zip(items, rows, of_all, strict=True):
        labels[:, [place[name] for name in one.label_names]] = one.labels[at]
    return np.asarray((of_all[0] != of_all[1]).any(1))


def _nothing_in_common(runs: Sequence[Run], items: Sequence[WatchedItems], ids: int) -> str:
    watched = [
        f"{run.name} watches {len(one.ids):,} items of {_source(run)}" for run, one in zip(runs, items, strict=True)
    ]
    why = f"; {ids:,} ids are in both and stand for other items" if ids else ""
    return f"nothing in common: {watched[0]}, {watched[1]}, and no item is in both{why}. Choose a run on the same data."


def unshared(a: Run, b: Run, configs: tuple[TrainConfig, TrainConfig]) -> Unshared:
    """What two runs do not share, the one with the settings ``configs[0]`` in force, the other with ``configs[1]``.

    Edge cases:
        Twice the same run: its data are the same, and the settings that were changed between two steps differ.

    Raises:
        InputError: A configuration cannot be read.
    """
    values = [dict(leaves(config.model_dump())) for config in configs]
    paths = [path for path in {**values[0], **values[1]} if path not in NOT_SETTINGS]
    paths = [*SEEDS, *(path for path in paths if path not in SEEDS)]
    pairs = [Setting(path, (values[0].get(path), values[1].get(path))) for path in paths]
    settings = tuple(one for one in pairs if one.values[0] != one.values[1])
    if a.path == b.path:
        return Unshared((), True, settings, None)
    first, second = _written(a), _written(b)
    changes: tuple[str, ...] = ()
    certain = first is not None and second is not None and first.rows and second.rows
    if first is not None and second is not None:
        changes = (data_changes if certain else form_changes)(first.before, second.before)
    versions = a.config_json().get("schema_version"), b.config_json().get("schema_version")
    return Unshared(changes, certain, settings, versions if versions[0] != versions[1] else None)


def seed_siblings(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The runs with the same configuration but for the seeds, and the same changes while they trained; itself first.

    Runs that cannot be read are left out.
    """
    wanted = _but_for_seeds(run)
    changes: Any = None
    found = [run]
    for other in runs:
        if other.id == run.id:
            continue
        with suppress(InputError):
            if _but_for_seeds(other) == wanted:
                changes = _changes(run) if changes is None else changes
                if _changes(other) == changes:
                    found.append(other)
    return found


def _but_for_seeds(run: Run) -> TrainConfig:
    config = run.config()
    data = config.data.model_copy(update={"seed": 0})
    return config.model_copy(update={"seed": 0, "data": data, **dict.fromkeys(NOT_SETTINGS)})


def _changes(run: Run) -> list[tuple[int, str]]:
    changed = interventions(run.events("acknowledged"))
    return [(int(line["step"]), json.dumps(line["settings"], sort_keys=True)) for line in changed]


def _source(run: Run) -> str:
    data = run.config().data
    return data.name if data.path is None else data.path


def _written(run: Run) -> Written | None:
    """What is known of a run's data; None: nothing."""
    try:
        return read_data(run)
    except InputError:
        return None


__all__ = ["CommonItems", "Setting", "Unshared", "common_items", "seed_siblings", "unshared"]
