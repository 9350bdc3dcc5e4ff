"""Present mode: large type without menu and header, for a class in front of one screen."""

from pathlib import Path

import streamlit as st

from dashboard import state

STYLE = Path(__file__).parents[2] / "present.css"


def present_switch() -> None:
    """Draw the switch, and apply its style while it is on.

    A button, because a toggle would keep the focus and take the arrow keys from Back and Next.
    """
    on = bool(st.session_state.get(state.PRESENT))
    st.button(
        "Leave" if on else "Present",
        icon=":material/fullscreen_exit:" if on else ":material/slideshow:",
        key="learn.present.switch",
        type="tertiary",
        help="Back to the page as it was." if on else "Large type, no menu. The arrow keys go back and forward.",
        on_click=st.session_state.__setitem__,
        args=(state.PRESENT, not on),
    )
    if on:
        st.html(STYLE)
