import streamlit as st

from dashboard import loaders, state
from dashboard.lessons import LESSONS
from dashboard.parts.learn.card import show_card
from dashboard.parts.learn.lesson_list import show_list
from dashboard.parts.learn.opening import keep_answers

st.session_state[state.FRAGMENTS] = (state.LIVE,)
recorded = loaders.recorded_runs()
chosen = st.session_state.get(state.LESSON)

if chosen not in LESSONS:
    show_list()
else:
    show_card(LESSONS[chosen], st.session_state[state.CARD], recorded)
keep_answers()
