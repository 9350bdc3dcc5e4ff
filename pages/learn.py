import streamlit as st

from dashboard import loaders, state
from dashboard.lessons import LESSONS
from dashboard.parts.learn.card import keep_answers, show_card
from dashboard.parts.learn.lesson_list import show_list
from dashboard.parts.learn.quiz import show_entry, show_quiz
from dashboard.parts.learn.quiz_state import view as quiz_view
from dashboard.parts.learn.sheet import show_sheets

st.session_state[state.FRAGMENTS] = (state.LIVE,)
recorded = loaders.recorded_runs()
chosen = st.session_state.get(state.LESSON)

if chosen in LESSONS:
    show_card(LESSONS[chosen], st.session_state[state.CARD], recorded)
elif quiz_view() is not None:
    show_quiz()
else:
    show_list()
    show_entry()
    show_sheets()
keep_answers()
