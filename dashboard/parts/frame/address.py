"""The button that copies the link of the view, and what a link named that is not there."""

import streamlit as st

from dashboard import links, state
from dashboard.access import shown
from dashboard.components.address import address
from dashboard.figures.formatting import escaped
from dashboard.parts.learn.lesson_state import in_lesson
from mlcl_core.runs.run import Run


def show_address(run: Run | None) -> None:
    """Draw the button "Copy link"; the address in the browser follows the view by itself."""
    # the address of a viewer who follows the teacher names no run, a link to this view does
    named = "" if run is None or in_lesson() else run.id
    address(links.address(), run=named, quiet=links.QUIET, key="run.address")


def show_link_problems() -> None:
    """Name what the link asks for that cannot be shown, until that is read."""
    place = st.container(key="link-problems")  # present in every rerun, so that the elements below keep their identity
    problems = st.session_state.get(state.LINK_PROBLEMS) or ()
    if not problems:
        return
    with place, st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        words = ". ".join(sentence[:1].upper() + sentence[1:] for sentence in problems)
        st.warning(f"{escaped(shown(words))}.", icon=":material/link_off:")
        st.button("Close", key="link.close", on_click=_close, width="content")


def _close() -> None:
    st.session_state[state.LINK_PROBLEMS] = ()
