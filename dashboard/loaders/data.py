"""Data sets, and what is computed from their labels alone."""

from pathlib import Path
from typing import Any

import numpy as np

from dashboard import state
from dashboard.access import require_teacher
from dashboard.figures.search import SearchIndex, search_index
from dashboard.loaders.cached import cached_by_file, written_at
from dashboard.loaders.reading import reading_shown
from dashboard.loaders.run_files import store

Told = tuple[tuple[str, Any], ...]


def data_set(source: str) -> tuple[Any, dict[str, Any]]:
    """A whole data set (MultiLabelData) by its name or path, and its statistics; how far it is read is shown meanwhile.

    A file is read by what this session told about it (``state.DATA_TOLD``), and by what is saved beside it. A table of
    labels without items will do, to look at.

    Raises:
        QuestionError: The file can be read in two ways.
        InputError: As :func:`mlcl_core.data.load_data`; a viewer names a path.
    """
    with reading_shown("Reading the data"):
        return _data_set(source, _told(source))


def anchors_without_positive(source: str, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    """The share of anchors without a positive, for each rule and batch size."""
    return _anchors_without_positive(source, _told(source), sizes)


def data_index(source: str) -> SearchIndex:
    """What the items of a data set are searched in."""
    return _data_index(source, _told(source))


def sampler_effect(source: str, size: int, rule: str, at_least: int) -> dict[str, Any]:
    """The effect of each sampler on batches (SamplerEffect), by its name."""
    return _sampler_effect(source, _told(source), size, rule, at_least)


def _told(source: str) -> Told:
    told: Any = state.get(state.DATA_TOLD, {})
    return tuple(sorted(told.get(source, {}).items()))


def _is_named(source: str) -> bool:
    from mlcl_core.data import DATASETS
    from mlcl_core.data.uploads import is_upload

    return source in DATASETS or is_upload(source)


def _changed_at(source: str, *_: Any) -> int:
    from mlcl_core.data.tables.saved import answers_path
    from mlcl_core.data.uploads import upload_changed

    if _is_named(source):
        return upload_changed(source)
    require_teacher()
    path = Path(source).expanduser()
    return written_at(path) + written_at(answers_path(path))


@cached_by_file(_changed_at, entries=3, spinner=False)
def _data_set(source: str, told: Told) -> tuple[Any, dict[str, Any]]:
    from mlcl_core.data import load_data, statistics

    named = _is_named(source)
    data = load_data(source if named else Path(source).expanduser(), labels_only=True, **dict(told))
    return data, statistics(data)


@cached_by_file(_changed_at, entries=2, spinner=False)
def _data_index(source: str, told: Told) -> SearchIndex:
    data, _ = _data_set(source, told)

    def with_labels(columns: list[int]) -> np.ndarray:
        return np.asarray(data.labels.csr()[:, columns].sum(1)).ravel() > 0

    more = None if data.words is None else data.words.holding
    return search_index(np.arange(len(data)), data.item_names, data.label_names, with_labels, more=more)


@cached_by_file(_changed_at, entries=6, spinner="Drawing batches")
def _anchors_without_positive(source: str, told: Told, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    from mlcl_core.data import anchors_without_positive as measure

    data, _ = _data_set(source, told)
    return measure(data.labels, data.indices("train"), sizes)


@cached_by_file(_changed_at, entries=24, spinner="Drawing batches")
def _sampler_effect(source: str, told: Told, size: int, rule: str, at_least: int) -> dict[str, Any]:
    from mlcl_core.data import sampler_effect as measure

    data, _ = _data_set(source, told)
    return measure(data.labels, data.indices("train"), size, rule, at_least=at_least)


def recorded_runs() -> Any:
    """The recorded runs of the lessons (Recorded), copied into the home directory where they are missing.

    Raises:
        InputError: The home directory cannot be written.
    """
    from dashboard.lessons import Recorded
    from mlcl_core.demo_runs.make import sample_runs

    return Recorded(sample_runs(store()), lambda: data_set("icons"))


def mend_recorded_runs(*, by_bytes: bool = False) -> list[str]:
    """Copy the recorded runs anew where they are deleted or files are cut; returns the ids of the mended ones.

    ``by_bytes``: also files of the right size with other bytes, after one could not be read.
    """
    from mlcl_core.demo_runs.mend import mend_samples

    return mend_samples(store(), by_bytes=by_bytes)


def _recorded_at(*_: Any) -> int:
    """Changes with the files of the recorded runs that numbers of cards come from; one for all home directories."""
    stamps = []
    for run in recorded_runs().runs.values():
        kept = [run.path / name for name in ("config.json", "events.jsonl", "probe.parquet", "frames")]
        stamps += [written_at(path) for path in [*kept, *sorted((run.path / "maps").glob("*"))]]
    return hash(tuple(stamps))


@cached_by_file(_recorded_at, entries=64)
def card_numbers(lesson: str, card: int) -> dict[str, Any]:
    """The numbers of a card's texts.

    Raises:
        InputError: A recorded run is damaged.
    """
    from dashboard.lessons import LESSONS

    numbers = LESSONS[lesson].cards[card].numbers
    return dict(numbers(recorded_runs())) if numbers else {}
