import streamlit as st

from dashboard import state
from dashboard.parts.compare.page import show_compare
from dashboard.parts.frame.current import current_run, refresh_interval
from dashboard.parts.frame.live import live

run = current_run()
st.session_state[state.FRAGMENTS] = (state.LIVE,)
live(show_compare, every=refresh_interval(run), key=state.LIVE)
