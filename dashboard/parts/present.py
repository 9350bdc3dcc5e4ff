"""Present mode: large type and nothing around the lesson, for a class in front of one screen."""

from pathlib import Path

import streamlit as st

from dashboard import state

STYLE = Path(__file__).parent.parent / "present.css"


def present_switch() -> None:
    """The switch, and what it does to the page while it is on."""
    st.toggle(
        "Present",
        key=state.PRESENT,
        persist_state="session",
        help="For a class in front of one screen: large type, no menu. The arrow keys go back and on.",
    )
    if st.session_state.get(state.PRESENT):
        st.html(STYLE)
