"""How much of the run bar a page has: all of it, one line where no run matters, or nothing."""

from enum import Enum

import streamlit as st

from dashboard import state
from dashboard.parts.learn.lesson_state import in_lesson

# pages whose contents do not depend on the step of a run
LINE_PAGES = ("start", "learn", "relations", "data", "study")


class BarForm(Enum):
    """Whole: with the timeline and the facts of the run."""

    NONE = "none"
    LINE = "line"
    WHOLE = "whole"


def bar_form(*, run: bool) -> BarForm:
    """The form for the page in view; ``run``: whether there is a run to show.

    A card of a lesson has all of it where its stage shows a run, and nothing otherwise; the
    quiz shows none.
    """
    page = st.session_state.get(state.PAGE)
    if page == "learn" and in_lesson():
        return BarForm.NONE if st.session_state.get(state.LESSON_PLACE) is None else BarForm.WHOLE
    if page == "learn" and st.session_state.get(state.QUIZ):
        return BarForm.NONE
    if page == "start" and not run:
        return BarForm.NONE
    return BarForm.LINE if page in LINE_PAGES else BarForm.WHOLE


def presents() -> bool:
    """Whether a lesson is on the wall, where no button starts a training."""
    return st.session_state.get(state.PAGE) == "learn" and in_lesson() and bool(st.session_state.get(state.PRESENT))
