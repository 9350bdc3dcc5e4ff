"""Everything the pages read, cached: by path, step and time of writing, so that a replaced file is read again.

What each look asks for is kept by ``lru_cache``: Streamlit's own cache takes a third of a millisecond to find a value.
What takes long, or shows that it does, is kept by Streamlit, which lets nobody else compute it meanwhile.
"""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboard.access import require_teacher
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_to_read
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.records import Batch, Frame, MapFrame, Probe
from mlcl_core.runs.run import Run, numbered_path
from mlcl_core.runs.store import Store

LARGEST_WHOLE = 3_000  # items of which every pair is opened at once: a second, and 13 bytes a pair
TRAIL_FRAMES = 12


def store() -> Store:
    """The run store of the home directory, which may be read only.

    Raises:
        InputError: The home directory cannot be used.
    """
    return Store(home_to_read())


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
    from mlcl_core.data import anchors_without_positive

    data, _ = data_set(source)
    return anchors_without_positive(data.labels, data.indices("train"), sizes)


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


def recorded() -> Any:
    """The recorded runs that lessons show (Recorded), put into the home directory where it lacks them.

    Raises:
        InputError: It cannot be written.
    """
    from dashboard.lessons import Recorded
    from mlcl_core.demo_runs.make import sample_runs

    return Recorded(sample_runs(store()), lambda: data_set("icons"))


def events(run: Run) -> list[dict[str, Any]]:
    """All events of a run; only what was added since the last look is read."""
    return _event_log(str(run.path)).read()


def odd_events(run: Run) -> str | None:
    """How many lines of a run's events were passed over as none, and why, as of the last look; None: none."""
    odd = _event_log(str(run.path)).odd
    return None if odd is None else f"events.jsonl: {odd}"


@lru_cache(maxsize=6)
def _event_log(path: str) -> EventLog:
    return EventLog(Path(path) / "events.jsonl")


def frame(run: Run, step: int) -> Frame:
    """The watched items at a step."""
    return _frame(str(run.path), step, _stamp(numbered_path(run.path / "frames", step)))


@lru_cache(maxsize=24)
def _frame(path: str, step: int, stamp: int) -> Frame:
    return Run(Path(path)).frame(step)


def map_frame(run: Run, name: str, step: int) -> MapFrame:
    """A map of a frame."""
    return _map_frame(str(run.path), name, step, _stamp(numbered_path(run.path / "maps" / name, step)))


@lru_cache(maxsize=120)
def _map_frame(path: str, name: str, step: int, stamp: int) -> MapFrame:
    return Run(Path(path)).map(name, step)


def moved(run: Run) -> list[tuple[int, int, float]]:
    """Between which frames how much of the neighbours changed (model_moved), from the first map of each frame."""
    kept, steps = _moved(str(run.path)), run.map_steps(FIRST_MAP)
    for step in steps:
        stamp = _stamp(numbered_path(run.path / "maps" / FIRST_MAP, step))
        if step not in kept or kept[step][0] != stamp:
            kept[step] = (stamp, _scores(run, step))
    found = [(kept[step][1], step) for step in steps]
    return [
        (int(scores["previous_step"]), step, float(scores["model_moved"]))
        for scores, step in found
        if "previous_step" in scores and "model_moved" in scores
    ]


@lru_cache(maxsize=6)
def _moved(path: str) -> dict[int, tuple[int, dict[str, float]]]:
    return {}  # by step: when the map was written, its scores


def _scores(run: Run, step: int) -> dict[str, float]:
    try:
        return run.map(FIRST_MAP, step).scores
    except InputError:
        return {}


def trail(run: Run, map_name: str, step: int, row: int) -> np.ndarray:
    """Where one watched item stood on the last maps up to ``step``, oldest first, [k 2].

    Damaged maps are left out, and those on which it stood apart.
    """
    steps = [one for one in run.map_steps(map_name) if one <= step][-TRAIL_FRAMES:]
    places = []
    for one in steps:
        with suppress(InputError):
            drawn = map_frame(run, map_name, one)
            apart = drawn.apart is not None and row < len(drawn.apart) and drawn.apart[row]
            if row < len(drawn.xy) and np.isfinite(drawn.xy[row]).all() and not apart:
                places.append(drawn.xy[row])
    return np.array(places, dtype=np.float32).reshape(-1, 2)


def batch(run: Run, step: int) -> Batch:
    """The batch just trained on at a step."""
    return _batch(str(run.path), step, _stamp(numbered_path(run.path / "batches", step)))


@lru_cache(maxsize=6)
def _batch(path: str, step: int, stamp: int) -> Batch:
    return Run(Path(path)).batch(step)


@lru_cache(maxsize=8)
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
    return run.probe() if probe_there(run) else None


def probe_there(run: Run) -> bool:
    """Whether the list of watched items is written."""
    return _stamp(run.path / "probe.parquet") > 0


@lru_cache(maxsize=8)
def _first_anchor(path: str, stamp: int) -> int:
    from dashboard.figures.anchor import most_informative_anchor

    return most_informative_anchor(Run(Path(path)).probe().labels)


def first_anchor(run: Run) -> int:
    """Row of the item that is the anchor before anybody chose one."""
    return _first_anchor(str(run.path), _stamp(run.path / "probe.parquet"))


def temperature(run: Run, step: int) -> float:
    """The temperature in force at a frame: the run's own, or what it was changed to."""
    for event in reversed(events(run)):
        if event.get("event") == "frame" and event.get("step", 0) <= step:
            found = (event.get("settings") or {}).get("loss.temperature")
            if found is not None:
                return float(found)
    return float(run.config().loss.temperature)


@lru_cache(maxsize=8)
def _loss(path: str, temperature: float) -> Any:
    from mlcl_core.engine.build import contrastive_part, training_loss

    part = contrastive_part(training_loss(Run(Path(path)).config().loss))
    return None if part is None else part.with_temperature(temperature)


def loss(run: Run, at: float) -> Any:
    """The run's own loss at temperature ``at``; None when it looks at no pairs."""
    return _loss(str(run.path), at)


@lru_cache(maxsize=8)
def _opened(path: str) -> Any:
    from mlcl_core.engine.build import explainable_part, training_loss

    return explainable_part(training_loss(Run(Path(path)).config().loss))


def opened(run: Run) -> Any:
    """The run's own loss, or the part of it that opens the pairs of the batch just trained on; None: no pairs."""
    return _opened(str(run.path))


def opens_batches(run: Run) -> bool:
    """Whether the run's loss opens the pairs of the batch just trained on."""
    return opened(run) is not None


def pairs(run: Run, step: int, anchor: int, role: str, edits: Any = ()) -> Any:
    """All pairs of one watched item at a frame (AnchorPairs), with prototypes, where the loss has them, behind the
    items; None when the run's loss looks at no pairs. ``edits``: items that are to have other labels (what_if.Edits).
    """
    slow = role == "reference" and len(run.probe().ids) > LARGEST_WHOLE
    return (_pairs_slowly if slow else _pairs)(*_frame_key(run, step), anchor, role, edits)


def _frame_key(run: Run, step: int) -> tuple[str, int, float, int]:
    return str(run.path), step, temperature(run, step), _stamp(numbered_path(run.path / "frames", step))


@lru_cache(maxsize=96)
def _pairs(path: str, step: int, at: float, stamp: int, anchor: int, role: str, edits: Any) -> Any:
    return _open_pairs(path, step, at, stamp, anchor, role, edits)


@st.cache_resource(max_entries=8, show_spinner="Opening the pairs of every watched item: half a minute for 20,000")
def _pairs_slowly(path: str, step: int, at: float, stamp: int, anchor: int, role: str, edits: Any) -> Any:
    return _open_pairs(path, step, at, stamp, anchor, role, edits)


def _open_pairs(path: str, step: int, at: float, stamp: int, anchor: int, role: str, edits: Any) -> Any:
    from dashboard.figures.anchor import anchor_pairs

    taken = _taken(path, step, at, edits)
    if taken is None:
        return None
    contrastive, z, labels, prototypes = taken
    whole = _whole(path, step, at, stamp, edits) if role == "reference" and len(z) <= LARGEST_WHOLE else None
    return anchor_pairs(contrastive, z, labels, anchor, role, prototypes, whole)


def _taken(path: str, step: int, at: float, edits: Any) -> Any:
    """Loss, embeddings, labels and prototypes of a frame's items taken as one batch; None: no pairs."""
    from dashboard.figures.what_if import edited

    run = Run(Path(path))
    contrastive, seen = loss(run, at), frame(run, step)
    if contrastive is None:
        return None
    if bad := int((~np.isfinite(seen.z).all(1)).sum()):
        raise InputError(f"the frame of step {step:,}: {bad:,} of {len(seen.z):,} items have no embedding any more")
    prototypes = seen.prototypes if "prototypes" in contrastive.needs else None
    return contrastive, seen.z, edited(run.probe().labels, edits), prototypes


@st.cache_resource(max_entries=2, show_spinner=False)
def _whole(path: str, step: int, at: float, stamp: int, edits: Any) -> Any:
    from dashboard.figures.anchor import whole_batch

    return whole_batch(*_taken(path, step, at, edits))


def gradients(run: Run, step: int, edits: Any = ()) -> Any:
    """Gradient of the loss by every watched item, the items taken as one batch; None where there is none to draw."""
    return _gradients(*_frame_key(run, step), edits)


@st.cache_resource(max_entries=4, show_spinner=False)
def _gradients(path: str, step: int, at: float, stamp: int, edits: Any) -> Any:
    from dashboard.figures.arrows import gradients as of_loss

    taken = _taken(path, step, at, edits)
    if taken is None or len(taken[1]) > LARGEST_WHOLE:
        return None
    with suppress(InputError):
        return of_loss(*taken)
    return None


def health(run: Run, step: int) -> Any:
    """What a frame says of the health of the training (a list of Finding).

    Raises:
        InputError: The frame cannot be read, or the loss cannot be opened on it.
    """
    stamp = _stamp(numbered_path(run.path / "frames", step))
    return _health(str(run.path), step, temperature(run, step), stamp)


@st.cache_resource(max_entries=48, show_spinner=False)
def _health(path: str, step: int, at: float, stamp: int) -> Any:
    from dashboard.figures.health import findings

    run = Run(Path(path))
    seen, items = frame(run, step), run.probe()
    return findings(loss(run, at), seen.z, items.labels, seen.prototypes, items.label_names)


@st.cache_resource(max_entries=50, show_spinner=False)
def _mapper(path: str, last: int) -> bool:
    from mlcl_core.runs.launch import spawn_mapper

    spawn_mapper(Run(Path(path)))
    return True


def draw_maps(run: Run) -> None:
    """Have the maps of an ended run drawn, where its own mapper did not get to it; asked once for each last frame.

    Raises:
        InputError: A viewer asks, or the run's directory cannot be written.
    """
    require_teacher()
    try:
        _mapper(str(run.path), run.frame_steps()[-1])
    except OSError as error:
        raise InputError(f"this run's maps cannot be drawn: {error.strerror or error}") from None


def nearest_step(steps: list[int], wanted: int | None) -> int | None:
    """The last of ``steps`` not after ``wanted`` (None: the last of all), else the first; None when there are none."""
    if not steps:
        return None
    if wanted is None:
        return steps[-1]
    place = int(np.searchsorted(steps, wanted, side="right")) - 1
    return steps[max(place, 0)]
