"""From a finding of the health panel to its anchors, the worst first; the Anchor page goes on to the next."""

import streamlit as st

from dashboard import state
from dashboard.figures.formatting import escaped


def choose_concerned(title: str, ids: list[int]) -> None:
    """Make the worst item the anchor, among the watched items, and remember the others."""
    st.session_state[state.CONCERNED] = {"run": st.session_state.get(state.RUN), "title": title, "ids": ids}
    st.session_state[state.ITEM] = ids[0]
    for key in (state.SOURCE, state.ROLE):
        st.session_state.pop(key, None)  # the defaults of the Anchor page: among the watched items, as anchor


def show_concerned() -> None:
    """The position of the anchor among those of a finding, and a button to the next; nothing for other anchors."""
    listed = st.session_state.get(state.CONCERNED)
    item = st.session_state.get(state.ITEM)
    if not listed or listed["run"] != st.session_state.get(state.RUN) or item not in listed["ids"]:
        return
    at, ids = listed["ids"].index(item), listed["ids"]
    st.markdown(f"Health · {escaped(listed['title'])}: **{at + 1} of {len(ids)}**", width="content")
    st.button(
        "Next worst" if at + 1 < len(ids) else "Back to the worst",
        on_click=_go,
        args=(ids[(at + 1) % len(ids)],),
        disabled=len(ids) < 2,
        key="anchor.next",
    )


def _go(item: int) -> None:
    st.session_state[state.ITEM] = item
