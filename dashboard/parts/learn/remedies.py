"""Trainings that a lesson starts: the newest run of each remedy, its button, and how far it is."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard import loaders, warm
from dashboard.access import may_act, read_only, require_teacher, shown
from dashboard.figures.formatting import escaped, shortened
from dashboard.lessons.remedies import REMEDIES, Remedy
from dashboard.loaders.cached import cached_by_file
from mlcl_core.errors import InputError
from mlcl_core.runs import control, launch
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run

SECONDS, VIEWER_SECONDS = 1.0, 5.0
WAS_ALIVE, PROBLEM = "learn.remedy.alive", "learn.remedy.problem"


def remedy_run(remedy: Remedy) -> Run | None:
    """The newest run with the remedy's configuration, of any session; None: there is none.

    Found by what it trains: it survives the lesson, the session and the server, and a class sees its teacher's.
    """
    wanted = remedy.config().to_json()
    return next((run for run in loaders.runs() if _config_text(run) == wanted), None)


def _config_file(run: Run) -> Path:
    return run.path / "config.json"


@cached_by_file(_config_file, entries=500)
def _config_text(run: Run) -> str | None:
    try:
        return run.config().to_json()
    except InputError:
        return None  # a damaged run is none of these


def refresh() -> float | None:
    """Seconds between two looks; None: this session would have to start something first."""
    if any(_is_alive(remedy) for remedy in REMEDIES.values()):
        return SECONDS if may_act() else 2 * SECONDS
    return None if may_act() else VIEWER_SECONDS


def _is_alive(remedy: Remedy) -> bool:
    run = remedy_run(remedy)
    return run is not None and run.status().alive


def show_remedy(remedy: Remedy) -> Run | None:
    """Draw the button of a remedy and how far its run is; return the run."""
    run = remedy_run(remedy)
    status = run.status() if run is not None else None
    alive = status is not None and status.alive
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if may_act():
            st.button(
                f"Train with {remedy.title}" if run is None else f"Train with {remedy.title} again",
                icon=":material/play_arrow:",
                key=f"learn.remedy.{remedy.name}",
                type="secondary" if run is not None else "primary",
                disabled=alive,
                on_click=_try,
                args=(start_remedy, remedy),
            )
            if alive:
                st.button(
                    "Stop",
                    icon=":material/stop:",
                    key=f"learn.remedy.{remedy.name}.stop",
                    on_click=_try,
                    args=(stop_remedy, run),
                )
        else:
            st.caption(f":material/visibility: {read_only()}", width="content")
    if status is None:
        st.caption("Not trained yet." if may_act() else "The teacher has not trained it yet.")
    else:
        st.caption(_words(status))
    st.progress(min(status.step / max(status.total, 1), 1.0) if status else 0.0)
    return run


def note_end() -> None:
    """Draw the page once more when the last training has ended, so that it is no longer looked at every second."""
    alive = any(_is_alive(remedy) for remedy in REMEDIES.values())
    before = bool(st.session_state.get(WAS_ALIVE))
    st.session_state[WAS_ALIVE] = alive
    if before != alive:
        st.rerun()


def _words(status: Status) -> str:
    place = f"step {status.step:,} of {status.total:,}"
    if status.state == "queued" and status.waiting_for:
        return f"waits for **{escaped(status.waiting_for)}**: one run at a time per device; it starts by itself"
    if status.state == "queued":
        return "gets ready"
    if status.state == "running":
        return place if status.step else f"{status.phase or 'gets ready'}"
    reason = f": {_in_one_line(status.error)}" if status.error else ""
    return f"{status.state} at {place}{reason}"


def start_remedy(remedy: Remedy) -> None:
    """Start a training with the remedy; the view stays the lesson's.

    Raises:
        InputError: One is under way, or the request comes from a viewer; no run is created.
    """
    require_teacher()
    if _is_alive(remedy):
        raise InputError(f"A training with {remedy.title} is under way; it is shown here.")
    # the worker loads torch while the server does, and while the configuration is checked
    with launch.WaitingWorker() as worker:
        warm.wait()
        launch.start(loaders.store(), remedy.config(), f"lesson {remedy.name}", worker)


def stop_remedy(run: Run) -> None:
    """Ask a training to stop; all that it wrote stays. Raises as :func:`start_remedy`."""
    require_teacher()
    control.request(run, "stop")


def _try(action: Callable[..., None], *args: object) -> None:
    try:
        action(*args)
    except (InputError, OSError) as error:
        st.session_state[PROBLEM] = str(error)


def show_problem() -> None:
    """Show why the last button did nothing, once."""
    if problem := st.session_state.pop(PROBLEM, None):
        st.error(_in_one_line(problem), icon=":material/error:")


def _in_one_line(text: str) -> str:
    return escaped(shown(shortened(text)))
