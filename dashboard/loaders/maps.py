"""The maps of a run: one of them, the trail of an item over several, how much the model moved between them."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboard.access import require_teacher
from dashboard.figures.anchor_neighbours import AnchorNeighbours
from dashboard.figures.anchor_neighbours import anchor_neighbours as neighbours_of_anchor
from dashboard.figures.label_places import LabelPlaces
from dashboard.figures.label_places import label_places as places_of_labels
from dashboard.loaders.cached import cached_by_file
from dashboard.loaders.run_files import frame
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import MapFrame
from mlcl_core.runs.run import Run

TRAIL_FRAMES = 12
MAX_SCORES = 50_000  # of this many maps the scores are kept, some 300 bytes each


def _map_file(run: Run, name: str, step: int) -> Path:
    return numbered_path(run.path / "maps" / name, step)


@cached_by_file(_map_file, entries=120)
def map_frame(run: Run, name: str, step: int) -> MapFrame:
    """A map of a frame."""
    return run.map(name, step)


@cached_by_file(_map_file, entries=MAX_SCORES)
def _scores(run: Run, name: str, step: int) -> dict[str, Any]:
    with suppress(InputError):
        return dict(run.map(name, step).scores)
    return {}


def model_moved(run: Run) -> list[tuple[int, int, float]]:
    """Triples of (previous step, step, share of neighbours that changed between them), from the first maps."""
    found = [(_scores(run, FIRST_MAP, step), step) for step in run.map_steps(FIRST_MAP)]
    return [
        (int(scores["previous_step"]), step, float(scores["model_moved"]))
        for scores, step in found
        if "previous_step" in scores and "model_moved" in scores
    ]


def trail(run: Run, map_name: str, step: int, row: int) -> np.ndarray:
    """Positions of one watched item on the last maps up to ``step``, oldest first, [k 2].

    Damaged maps are left out, and those that draw the item apart.
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


@cached_by_file(_map_file, entries=64)
def label_places(run: Run, name: str, step: int) -> LabelPlaces:
    """Where on a map the items of each label lie densest.

    Raises:
        InputError: The map cannot be read.
    """
    return places_of_labels(map_frame(run, name, step).xy, run.watched_items().labels)


def anchor_neighbours(run: Run, name: str, step: int, row: int) -> AnchorNeighbours | None:
    """The neighbours of a watched item in the embedding, and whether a map shows them; None without an item.

    Raises:
        InputError: The map or its frame cannot be read.
    """
    return _anchor_neighbours(run, name, step, row) if row >= 0 else None


@cached_by_file(lambda run, name, step, row: _map_file(run, name, step), entries=64)
def _anchor_neighbours(run: Run, name: str, step: int, row: int) -> AnchorNeighbours:
    return neighbours_of_anchor(frame(run, step).h, map_frame(run, name, step).xy, row)


def draw_maps(run: Run) -> None:
    """Start a mapper for an ended run whose maps are incomplete; once for each last frame.

    Raises:
        InputError: A viewer asks, or the run's directory cannot be written.
    """
    require_teacher()
    try:
        _mapper(str(run.path), run.frame_steps()[-1])
    except OSError as error:
        raise InputError(f"this run's maps cannot be drawn: {error.strerror or error}") from None


@st.cache_resource(max_entries=50, show_spinner=False)
def _mapper(path: str, last: int) -> bool:
    from mlcl_core.runs.launch import spawn_mapper

    spawn_mapper(Run(Path(path)))
    return True
