"""What is said of a study in a few words: how far it is, what it crosses, what an axis is called."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.figures.formatting import duration, moment
from mlcl_core.studies.folder import StudyStatus

LOWER = "↓"
MAX_NAMED = 12  # values of an axis in a sentence
TITLES = {
    "method": "method",
    "data": "data",
    "loss.temperature": "temperature",
    "training.batch_size": "batch size",
    "data.train_share": "share of the training data",
    "optimiser.learning_rate": "learning rate",
    "training.epochs": "epochs",
    "model.encoder": "encoder",
    "seed": "seed",
}


def axis_title(axis: str) -> str:
    """What an axis is called: a setting without its section, a free name as it is."""
    return TITLES.get(axis, axis.rpartition(".")[2].replace("_", " ") if "." in axis else axis)


def metric_title(title: str, direction: str) -> str:
    """A metric's title, with an arrow where lower is better."""
    return f"{title} {LOWER}" if direction == "down" else title


def cells_words(status: StudyStatus) -> str:
    """ "12 of 30 cells, 1 failed"."""
    failed = f", {status.failed:,} failed" if status.failed else ""
    return f"{status.done:,} of {status.total:,} cell{'s' * (status.total != 1)}{failed}"


def listed(title: str, status: StudyStatus | None, changed: float) -> str:
    """A study in the list: name, state, cells done, when."""
    if status is None:
        return f"{title} · cannot be read"
    return f"{title} · {status.state}, {cells_words(status)} · {moment(changed)}"


def progress_words(status: StudyStatus) -> str:
    """What a study under way does now, and how long it will take."""
    if status.state == "queued":
        behind = f" behind {status.waiting_for}" if status.waiting_for else ""
        return f"queued{behind} · {cells_words(status)}"
    parts = [status.current or status.state, cells_words(status)]
    if status.eta is not None:
        parts.append(f"{duration(status.eta)} left")
    return " · ".join(parts)


def grid_words(axes: Mapping[str, Sequence[Any]], seeds: Sequence[int]) -> str:
    """What is crossed: "3 data sets (icons, digits, movies) x 2 methods (ANY, ALL) x 3 seeds"."""
    parts = []
    for axis, values in axes.items():
        if len(values) > 1 or axis in ("data", "method"):
            parts.append(f"{_counted(axis, len(values))} ({_listed(values)})")
    parts.append("1 seed" if len(seeds) == 1 else f"{len(seeds)} seeds")
    return " × ".join(parts)


def _counted(axis: str, count: int) -> str:
    if axis in ("data", "method"):
        one, many = {"data": ("data set", "data sets"), "method": ("method", "methods")}[axis]
        return f"{count} {one if count == 1 else many}"
    return f"{count} values of {axis_title(axis)}"


def _listed(values: Sequence[Any]) -> str:
    named = [str(value) for value in values[:MAX_NAMED]]
    more = len(values) - len(named)
    return ", ".join([*named, f"{more} more"] if more else named)


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether the values of an axis are numbers, of which a curve can be drawn."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == len(values) and len(set(numbers)) > 1
