"""One line under the run bar for the study that is under way, with a way to its answer."""

import streamlit as st

from dashboard import loaders, state
from dashboard.access import may_act
from dashboard.figures.formatting import escaped, shortened
from dashboard.figures.study_words import progress_words
from dashboard.loaders import StudyRow
from dashboard.page_files import page_file
from dashboard.parts.train.run_setup import WHICH, ask_which
from mlcl_core.studies.file import WHICH_PREFIX

MAX_TITLE = 60  # characters


def study_under_way() -> StudyRow | None:
    """The first study that trains or waits; None: there is none."""
    return next((row for row in loaders.study_rows() if row.status is not None and row.status.alive), None)


def show_study_line() -> None:
    """How far that study is; nothing where the page is about it."""
    page, panel = st.session_state.get(state.PAGE), st.session_state.get(state.PANEL)
    alive = study_under_way()
    if alive is None or alive.status is None or page == "study" or (page == "train" and panel == WHICH):
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="study-line"):
        words = f"**{escaped(shortened(alive.title, MAX_TITLE))}** {escaped(progress_words(alive.status))}"
        st.markdown(f":material/balance: {words}", width="content")
        if st.button("See the answer", type="tertiary", key="bar.study"):
            asked_here = alive.folder.name.startswith(WHICH_PREFIX) and may_act()
            st.session_state[state.STUDY] = alive.folder.name
            if asked_here:
                ask_which(alive.folder.name)
            st.switch_page(page_file("train" if asked_here else "study"))
