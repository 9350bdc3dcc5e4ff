"""Everything the pages read, cached: by path, step and time of writing, so that a replaced file is read again."""

import gc
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboard.role import require_teacher
from mlcl_core.errors import InputError
from mlcl_core.home import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.records import Batch, Frame, MapFrame, Probe
from mlcl_core.runs.run import Run, numbered_path
from mlcl_core.runs.store import Store


def store() -> Store:
    """The run store of the home directory.

    Raises:
        InputError: The home directory cannot be used.
    """
    return Store(home_directory())


@st.cache_resource
def _warming() -> threading.Thread:
    def load() -> None:
        import torch

        torch.set_num_threads(1)  # the pages' small products are quicker so, and the training keeps the cores
        import mlcl_core.engine.build
        import mlcl_core.maps
        import mlcl_core.metrics  # noqa: F401

        # modules live as long as the server: no collection need look through them again
        gc.collect()
        gc.freeze()

    thread = threading.Thread(target=load, name="warm-torch", daemon=True)
    thread.start()
    with suppress(InputError, OSError):  # a home directory that cannot be used is said where the page needs it
        launch.spawn_warm_up(home_directory())
    return thread


def warm(wait: bool = False) -> None:
    """Load torch in the background, so that the first page paints before it; ``wait`` until it is there.

    On a fresh machine what UMAP needs is compiled too, by a process of its own.
    """
    thread = _warming()
    if wait:
        thread.join()


def data_set(source: str) -> tuple[Any, dict[str, Any]]:
    """A data set by its name or path, whole, and its statistics; read again when the file is another.

    Raises:
        InputError: As :func:`mlcl_core.data.load_data`; a viewer names a path.
    """
    return _data_set(source, _data_stamp(source))


@st.cache_resource(max_entries=3, show_spinner="Reading the data")
def _data_set(source: str, stamp: int) -> tuple[Any, dict[str, Any]]:
    from mlcl_core.data import DATASETS, load_data, statistics
    from mlcl_core.data.uploads import is_upload

    data = load_data(source if source in DATASETS or is_upload(source) else Path(source).expanduser())
    return data, statistics(data)


def lonely(source: str, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    """Anchors without a positive, for each rule and batch size."""
    return _lonely(source, _data_stamp(source), sizes)


@st.cache_resource(max_entries=6, show_spinner="Dealing batches")
def _lonely(source: str, stamp: int, sizes: tuple[int, ...]) -> dict[str, list[float]]:
    from mlcl_core.data import lonely_anchors

    data, _ = data_set(source)
    return lonely_anchors(data.labels, data.indices("train"), sizes)


def sampler_effect(source: str, size: int, rule: str, at_least: int) -> dict[str, Any]:
    """What each sampler does to batches (SamplerEffect), by its name."""
    return _sampler_effect(source, _data_stamp(source), size, rule, at_least)


@st.cache_resource(max_entries=24, show_spinner="Dealing batches")
def _sampler_effect(source: str, stamp: int, size: int, rule: str, at_least: int) -> dict[str, Any]:
    from mlcl_core.data import sampler_effect

    data, _ = data_set(source)
    return sampler_effect(data.labels, data.indices("train"), size, rule, at_least=at_least)


def _data_stamp(source: str) -> int:
    from mlcl_core.data import DATASETS
    from mlcl_core.data.uploads import is_upload, upload_changed

    if source not in DATASETS and not is_upload(source):
        require_teacher()  # a path
    return upload_changed(source) or _stamp(Path(source).expanduser())


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def events(run: Run) -> list[dict[str, Any]]:
    """All events of a run; only what was added since the last look is read."""
    return _event_log(str(run.path)).read()


@st.cache_resource(max_entries=6, show_spinner=False)
def _event_log(path: str) -> EventLog:
    return EventLog(Path(path) / "events.jsonl")


def frame(run: Run, step: int) -> Frame:
    """The watched items at a step."""
    return _frame(str(run.path), step, _stamp(numbered_path(run.path / "frames", step)))


@st.cache_resource(max_entries=24, show_spinner=False)
def _frame(path: str, step: int, stamp: int) -> Frame:
    return Run(Path(path)).frame(step)


def map_frame(run: Run, name: str, step: int) -> MapFrame:
    """A map of a frame."""
    return _map_frame(str(run.path), name, step, _stamp(numbered_path(run.path / "maps" / name, step)))


@st.cache_resource(max_entries=120, show_spinner=False)
def _map_frame(path: str, name: str, step: int, stamp: int) -> MapFrame:
    return Run(Path(path)).map(name, step)


def batch(run: Run, step: int) -> Batch:
    """The batch just trained on at a step."""
    return _batch(str(run.path), step, _stamp(numbered_path(run.path / "batches", step)))


@st.cache_resource(max_entries=6, show_spinner=False)
def _batch(path: str, step: int, stamp: int) -> Batch:
    return Run(Path(path)).batch(step)


@st.cache_resource(max_entries=8, show_spinner=False)
def _items(path: str, stamp: int) -> tuple[str, bytes]:
    from dashboard.figures.cloud import items_message

    probe = Run(Path(path)).probe()
    return items_message(
        ids=probe.ids,
        names=probe.names,
        labels=probe.labels,
        label_names=probe.label_names,
        pictures=probe.pictures,
        texts=probe.texts,
    )


def items(run: Run) -> tuple[str, bytes] | None:
    """Digest and message of a run's watched items; None while they are not written yet."""
    stamp = _stamp(run.path / "probe.parquet")
    return _items(str(run.path), stamp) if stamp else None


def probe(run: Run) -> Probe | None:
    """The watched items; None while they are not written yet."""
    return run.probe() if (run.path / "probe.parquet").exists() else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _first_anchor(path: str, stamp: int) -> int:
    from dashboard.figures.anchor import telling_anchor

    return telling_anchor(Run(Path(path)).probe().labels)


def first_anchor(run: Run) -> int:
    """Row of the item that is the anchor before anybody chose one."""
    return _first_anchor(str(run.path), _stamp(run.path / "probe.parquet"))


def temperature(run: Run, step: int) -> float:
    """The temperature in force at a frame: the run's own, or what it was changed to."""
    found = float(run.config().loss.temperature)
    for event in events(run):
        if event.get("event") == "frame" and event.get("step", 0) <= step:
            found = float((event.get("settings") or {}).get("loss.temperature", found))
    return found


@st.cache_resource(max_entries=8, show_spinner=False)
def _loss(path: str, temperature: float) -> Any:
    from mlcl_core.engine.build import contrastive_part, training_loss

    part = contrastive_part(training_loss(Run(Path(path)).config().loss))
    return None if part is None else part.with_temperature(temperature)


def loss(run: Run, at: float) -> Any:
    """The run's own loss at temperature ``at``; None when it looks at no pairs."""
    return _loss(str(run.path), at)


@st.cache_resource(max_entries=8, show_spinner=False)
def _opens_batches(path: str) -> bool:
    from mlcl_core.engine.build import opened_part, training_loss

    return opened_part(training_loss(Run(Path(path)).config().loss)) is not None


def opens_batches(run: Run) -> bool:
    """Whether the run's loss opens the pairs of the batch just trained on."""
    return _opens_batches(str(run.path))


def pairs(run: Run, step: int, anchor: int, role: str) -> Any:
    """All pairs of one watched item at a frame (AnchorPairs), with prototypes, where the loss has them, behind the
    items; None when the run's loss looks at no pairs.
    """
    stamp = _stamp(numbered_path(run.path / "frames", step))
    return _pairs(str(run.path), step, anchor, role, temperature(run, step), stamp)


@st.cache_resource(max_entries=96, show_spinner=False)
def _pairs(path: str, step: int, anchor: int, role: str, at: float, stamp: int) -> Any:
    from dashboard.figures.anchor import anchor_pairs

    run = Run(Path(path))
    contrastive, seen = loss(run, at), frame(run, step)
    if contrastive is None:
        return None
    prototypes = seen.prototypes if "prototypes" in contrastive.needs else None
    return anchor_pairs(contrastive, seen.z, run.probe().labels, anchor, role, prototypes)


@st.cache_resource(max_entries=50, show_spinner=False)
def _mapper(path: str, last: int) -> bool:
    from mlcl_core.runs.launch import spawn_mapper

    spawn_mapper(Run(Path(path)))
    return True


def draw_maps(run: Run) -> None:
    """Have the maps of an ended run drawn, where its own mapper did not get to it; asked once for each last frame.

    Raises:
        InputError: A viewer asks.
    """
    require_teacher()
    _mapper(str(run.path), run.frame_steps()[-1])


def nearest_step(steps: list[int], wanted: int | None) -> int | None:
    """The last of ``steps`` not after ``wanted`` (None: the last of all), else the first; None when there are none."""
    if not steps:
        return None
    if wanted is None:
        return steps[-1]
    place = int(np.searchsorted(steps, wanted, side="right")) - 1
    return steps[max(place, 0)]
