"""The Study page as a whole."""

import streamlit as st

from dashboard import loaders, state
from dashboard.access import may_act
from dashboard.loaders import StudyRow
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import in_one_line
from dashboard.parts.study.answer import show_answer
from dashboard.parts.study.choose import show_choice, under_way
from dashboard.parts.study.downloads import show_downloads
from dashboard.parts.study.panels import show_panels
from dashboard.parts.study.progress import show_progress
from dashboard.parts.study.shipped import show_empty, show_shipped

TITLE = "Which method is better, by how much, and how sure is it?"
COMPUTING, ALIVE, STILL = 0.5, 2.0, 10.0  # seconds between two redraws
TIMER, SET, WHOLE = "study.timer", "study.timer_set", "study.whole"


def refresh() -> float:
    """Seconds between two redraws, for the whole page that is being drawn now; a viewer's is drawn half as often."""
    timer = float(state.get(TIMER, STILL))  # type: ignore[arg-type]
    st.session_state[SET], st.session_state[WHOLE] = timer, True
    return timer if may_act() else 2 * timer


def show_study() -> None:
    """Draw the choice, then the answer, then numbers; or what to do where there are none."""
    rows = loaders.study_rows()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        heading(TITLE)
        chosen = show_choice(rows)
        files = st.container(width="content")
    for error in st.session_state.pop(state.STUDY_ERROR, ()):
        st.error(in_one_line(error), icon=":material/error:")
    if chosen is None:
        show_empty()
    elif chosen.row is None:
        show_shipped(chosen.name)
    else:
        before = loaders.computing(chosen.row.folder)
        _show_results(chosen.row, files)
        if loaders.computing(chosen.row.folder) != (0, before[1]):
            _keep_up(COMPUTING)
            return
    _keep_up(ALIVE if under_way(chosen) else STILL)


def _show_results(row: StudyRow, files: object) -> None:
    if row.status is None:
        st.error(in_one_line(row.wrong or "it cannot be read"), icon=":material/error:")
        return
    show_progress(row.folder, row.status)
    if not row.status.done:
        st.info("No cell has a result yet. Each one appears here as soon as it is trained and evaluated.")
        return
    with files:  # type: ignore[attr-defined]
        show_downloads(row.folder)
    show_answer(row.folder, row.status)
    show_panels(row.folder)


def _keep_up(seconds: float) -> None:
    """Draw the whole page again where another timer is due."""
    st.session_state[TIMER] = seconds
    whole = st.session_state.pop(WHOLE, False)
    if (not whole and seconds != st.session_state.get(SET)) or (whole and seconds < float(st.session_state[SET])):
        st.rerun()
