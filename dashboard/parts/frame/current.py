"""The current run, and the step of it that pages show."""

from dataclasses import dataclass

import streamlit as st

from dashboard import loaders, state
from dashboard.access import may_act
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run

# A frame comes every two or three seconds. Each redraw costs 15 to 20 ms of a core, most of it in Streamlit, which a
# training on all cores has to wait for.
POLL_SECONDS = 1.0


def current_run() -> Run | None:
    """The chosen run, else the one that is alive, else the newest; None when there is no run.

    Without a choice a viewer's page follows the teacher: the teacher's next run replaces this one.
    """
    runs = loaders.runs()
    chosen = st.session_state.get(state.RUN)
    if not follows():
        for run in loaders.runs(studies=True):
            if run.id == chosen:
                return _shown(run)
    found = _foremost(runs)
    if (found.id if found else None) != chosen:
        st.session_state[state.RUN] = found.id if found else None
        if chosen is not None:
            st.session_state[state.STEP] = None  # a step of another run
            if chosen not in {run.id for run in runs}:
                last, name = st.session_state.get(state.RUN_NAMED, (None, ""))
                name = name if last == chosen else chosen
                st.session_state[state.LINK_PROBLEMS] = (f"the run {name} is no longer there: it was deleted",)
    return None if found is None else _shown(found)


def _shown(run: Run) -> Run:
    """The run, whose name is kept for when it is gone."""
    st.session_state[state.RUN_NAMED] = (run.id, run.name)
    return run


def _foremost(runs: list[Run]) -> Run | None:
    alive = next((run for run in runs if run.status().alive and run.status().state != "queued"), None)
    alive = alive or next((run for run in runs if run.status().alive), None)
    # a damaged run is shown, with the reason, only when it is chosen
    return alive or next((run for run in runs if run.damage() is None), None)


def follows() -> bool:
    """Whether this session follows the teacher from run to run."""
    return not may_act() and not st.session_state.get(state.RUN_OWN)


def choose_run(run: Run | None, step: int | None = None) -> None:
    """Make a run the current one of all pages, at a step (None: live).

    A viewer follows the teacher again by choosing the foremost run.
    """
    st.session_state[state.RUN] = run.id if run else None
    look_at(step)
    if run is not None and not may_act():
        foremost = _foremost(loaders.runs())
        st.session_state[state.RUN_OWN] = foremost is None or foremost.id != run.id


def look_at(step: int | None) -> None:
    """Callback: move the timeline to a step (None: live)."""
    st.session_state[state.STEP] = step
    st.session_state[state.PLACED] = st.session_state.get(state.PLACED, 0) + 1


@dataclass(frozen=True)
class View:
    """What a page shows: a run, a map and the map's step. ``wanted`` is the step of the timeline (None: live)."""

    run: Run
    status: Status
    map_name: str
    step: int | None
    wanted: int | None


def current_view(run: Run, map_name: str) -> View:
    """A run's map at the step nearest to the timeline's."""
    wanted = st.session_state.get(state.STEP)
    steps = run.map_steps(map_name)
    return View(run, run.status(), map_name, loaders.nearest_step(steps, wanted), wanted)


def refresh_interval(run: Run | None, seconds: float = POLL_SECONDS) -> float | None:
    """Seconds between two redraws of a live part; None when no process writes to the run, or will.

    A viewer's parts are drawn half as often: thirty viewers share one server with the teacher.
    """
    if run is None:
        return None
    seconds = seconds if may_act() else 2 * seconds
    drawing = not run.map_steps(FIRST_MAP) and bool(run.frame_steps())
    return seconds if drawing or run.status().alive or run.may_come_back() else None
