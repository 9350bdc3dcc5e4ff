import streamlit as st

from dashboard import state
from dashboard.parts.frame.live import live
from dashboard.parts.study.page import refresh, show_study

st.session_state[state.FRAGMENTS] = (state.LIVE,)
live(show_study, every=refresh(), key=state.LIVE)
