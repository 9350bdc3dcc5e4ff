import streamlit as st

from dashboard import state
from dashboard.parts.cloud.cloud_view import map_choice, show_cloud
from dashboard.parts.frame.current import current_run, current_view, refresh_interval
from dashboard.parts.frame.live import live


def _compare() -> None:
    run = current_run()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Where do two spaces differ, and why?**")
        map_name = map_choice()
    show_cloud(current_view(run, map_name) if run else None, key="compare.cloud.a")


run = current_run()
st.session_state[state.FRAGMENTS] = (state.LIVE,)
live(_compare, every=refresh_interval(run), key=state.LIVE)
