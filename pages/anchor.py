import streamlit as st

from dashboard import state
from dashboard.parts.anchor.batch import show_batch
from dashboard.parts.anchor.batch_anchor import items_in_view
from dashboard.parts.anchor.watched import show_watched
from dashboard.parts.anchor.what_if import show_banner
from dashboard.parts.frame.current import current_run, refresh_interval
from dashboard.parts.frame.empty import show_no_run
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import live
from dashboard.parts.train.concerned import show_concerned

WATCHED, BATCH = "watched items", "batch just trained on"
ROLES = {"anchor": "as anchor", "reference": "as reference"}


def _lens() -> None:
    run = current_run()
    wrap = state.CONCERNED in st.session_state  # otherwise one line, so that the page below keeps its position
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=wrap, key="anchor-lens"):
        if not show_banner(run, *items_in_view(run, batch=st.session_state.get(state.SOURCE) == BATCH)):
            heading("What pulls and pushes this item, and why?")
        source = st.segmented_control(
            "Among",
            [WATCHED, BATCH],
            required=True,
            default=WATCHED,
            key=state.SOURCE,
            persist_state="session",
            label_visibility="collapsed",
            help="The watched items: a fixed sample, taken as one batch. Or the batch that was trained on at the "
            "step of the timeline. The anchor and changed labels are kept.",
        )
        role = st.segmented_control(
            "Role",
            list(ROLES),
            format_func=ROLES.__getitem__,
            required=True,
            default="anchor",
            key=state.ROLE,
            persist_state="session",
            label_visibility="collapsed",
            help="A pair acts twice. As anchor: this item pulls and pushes the others. "
            "As reference: each other item, as anchor, pulls or pushes this one.",
        )
        st.toggle(
            "Forces on the map",
            value=True,
            key=state.FORCES,
            persist_state="session",
            help="Arrows for the strongest pulls and pushes of the anchor, and for the sum of all its forces.",
        )
        files = st.container(width="content")
        if source == WATCHED:
            show_concerned()
    if run is None:
        show_no_run("anchor")
    elif source == BATCH:
        show_batch(run, str(role), files)
    else:
        show_watched(run, str(role), files)


run = current_run()
st.session_state[state.FRAGMENTS] = (state.LIVE,)
live(_lens, every=refresh_interval(run), key=state.LIVE)
