"""Present: a lesson fills the window, without menu and run bar, for a class in front of one screen."""

from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.components.present import fill_window

STYLE = Path(__file__).parents[2] / "present.css"
CARD = "lesson-card"  # key of the container of a card
KEYS = "← → cards · 1, 2, … guess · A answer · F full screen · Esc leave"


def present_switch() -> None:
    """Draw the switch, and fill the window while it is on.

    A button, because a toggle would keep the focus and take the arrow keys from Back and Next.
    """
    on = bool(st.session_state.get(state.PRESENT))
    st.button(
        "Leave" if on else "Present",
        icon=":material/fullscreen_exit:" if on else ":material/slideshow:",
        key="learn.present.switch",
        type="tertiary",
        shortcut="Escape" if on else "P",
        help="Back to the page as it was." if on else f"The lesson alone, as large as the window. Keys: {KEYS}.",
        on_click=st.session_state.__setitem__,
        args=(state.PRESENT, not on),
    )
    if on:
        st.html(STYLE)
        fill_window(CARD, key="learn.present.fill")
