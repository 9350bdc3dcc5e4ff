"""How far a study is, and what can be done with it: stop it, go on, try failed cells again."""

from collections.abc import Callable

import streamlit as st

from dashboard import state
from dashboard.access import may_act, require_teacher
from dashboard.figures.formatting import escaped
from dashboard.figures.study_words import cells_words, progress_words
from mlcl_core.errors import InputError
from mlcl_core.studies.folder import StudyFolder, StudyStatus
from mlcl_core.studies.launch import start_study, stop_study


def show_progress(folder: StudyFolder, status: StudyStatus) -> None:
    """Draw the state in one line, and the buttons that fit it; nothing where all cells are done."""
    if not status.alive and status.done == status.total and not status.failed and not status.error:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="study-progress"):
        if status.alive:
            share = status.done / max(status.total, 1)
            st.progress(min(1.0, share), escaped(progress_words(status)))
            _button("Stop", ":material/stop:", "study.stop", lambda: _stop(folder))
            return
        words = f"{status.state} · {cells_words(status)}"
        st.caption(escaped(f"{words} · {status.error}" if status.error else words), width="content")
        if status.done < status.total:
            _button("Go on", ":material/play_arrow:", "study.start", lambda: _start(folder, retry=False))
        if status.failed:
            _button("Try failed cells again", ":material/replay:", "study.retry", lambda: _start(folder, retry=True))


def _button(title: str, icon: str, key: str, act: Callable[[], object]) -> None:
    if may_act():
        st.button(title, icon=icon, key=key, on_click=try_to, args=(act,), width="content")


def _start(folder: StudyFolder, *, retry: bool) -> None:
    require_teacher()
    start_study(folder.home, folder.file, retry=retry)


def _stop(folder: StudyFolder) -> None:
    require_teacher()
    stop_study(folder)


def try_to(act: Callable[[], object]) -> None:
    """Callback: do something to a study, unless a viewer asks for it; what does not work is said."""
    try:
        require_teacher()
        act()
    except (InputError, OSError) as error:
        st.session_state[state.STUDY_ERROR] = (str(error),)
