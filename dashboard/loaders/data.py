"""Data sets, and what is computed from their labels alone."""

from pathlib import Path
from typing import Any

from dashboard.access import require_teacher
from dashboard.loaders.cached import cached_by_file, written_at
from dashboard.loaders.reading import reading_shown
from dashboard.loaders.run_files import store


def _changed_at(source: str, *_: Any) -> int:
    from mlcl_core.data import DATASETS
    from mlcl_core.data.uploads import is_upload, upload_changed

    if source not in DATASETS and not is_upload(source):
        require_teacher()  # a path
    return upload_changed(source) or written_at(Path(source).expanduser())


def data_set(source: str) -> tuple[Any, dict[str, Any]]:
    """A whole data set (MultiLabelData) by its name or path, and its statistics; how far it is read is shown meanwhile.

    Raises:
        InputError: As :func:`mlcl_core.data.load_data`; a viewer names a path.
    """
    with reading_shown("Reading the data"):
        return _data_set(source)


@cached_by_file(_changed_at, entries=3, spinner=False)
def _data_set(source: str) -> tuple[Any, dict[str, Any]]:
    from mlcl_core.data import DATASETS, load_data, statistics
    from mlcl_core.data.uploads import is_upload

    data = load_data(source if source in DATASETS or is_upload(source) else Path(source).expanduser())
    return data, statistics(data)


@cached_by_file(_changed_at, entries=6, spinner="Drawing batches")
def anchors_without_positive(source: str, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    """The share of anchors without a positive, for each rule and batch size."""
    from mlcl_core.data import anchors_without_positive as measure

    data, _ = data_set(source)
    return measure(data.labels, data.indices("train"), sizes)


@cached_by_file(_changed_at, entries=24, spinner="Drawing batches")
def sampler_effect(source: str, size: int, rule: str, at_least: int) -> dict[str, Any]:
    """The effect of each sampler on batches (SamplerEffect), by its name."""
    from mlcl_core.data import sampler_effect as measure

    data, _ = data_set(source)
    return measure(data.labels, data.indices("train"), size, rule, at_least=at_least)


def recorded_runs() -> Any:
    """The recorded runs of the lessons (Recorded), copied into the home directory where they are missing.

    Raises:
        InputError: The home directory cannot be written.
    """
    from dashboard.lessons import Recorded
    from mlcl_core.demo_runs.make import sample_runs

    return Recorded(sample_runs(store()), lambda: data_set("icons"))
