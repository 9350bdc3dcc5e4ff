"""The timeline under the run bar: the step that every page shows."""

import contextlib
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard import loaders, state, warm
from dashboard.access import shown
from dashboard.components.timeline import moved, timeline
from dashboard.figures.timeline import timeline_payload
from mlcl_core.runs.run import Run

if TYPE_CHECKING:
    from mlcl_core.metrics import MetricRecord


def show_timeline(run: Run | None) -> None:
    """Draw the slider over a run's frames (greyed out without a run)."""
    if run is None:
        payload = timeline_payload("", [], None, [], growing=False)
    else:
        status = run.status()
        steps = run.frame_steps()
        payload = timeline_payload(
            run.id,
            steps,
            st.session_state.get(state.STEP),
            loaders.events(run),
            growing=status.alive,
            moved=loaders.model_moved(run),
            headline=_headline(),
            placed=st.session_state.get(state.PLACED, 0),
        )
    for mark in payload["marks"]:
        mark["text"] = shown(mark["text"])
    timeline(payload, key=state.TIMELINE, on_moved=_moved)


def _headline() -> "MetricRecord | None":
    """The metric whose best frame is marked; None until torch is loaded, which the records of metrics need."""
    if not warm.done():
        return None
    from mlcl_core.metrics import HEADLINE

    return HEADLINE


def _moved() -> None:
    sent = moved(state.TIMELINE)
    if sent is None or sent["run"] != st.session_state.get(state.RUN):
        return
    st.session_state[state.STEP] = sent["step"]
    fragments = st.session_state.get(state.FRAGMENTS)
    if fragments:
        # only the parts that show a step are redrawn; a page without such parts reruns as usual
        with contextlib.suppress(StreamlitAPIException):
            st.rerun(list(fragments))
