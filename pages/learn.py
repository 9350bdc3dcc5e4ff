import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import escaped
from dashboard.lessons import LESSONS
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import live
from dashboard.parts.learn.card import open_card, show_beside, show_card
from dashboard.parts.learn.opening import picture
from dashboard.parts.learn.quiz import show_entry, show_quiz
from dashboard.parts.learn.quiz_state import view as quiz_view
from dashboard.parts.learn.stages import STAGES

st.session_state[state.FRAGMENTS] = (state.LIVE,)
recorded = loaders.recorded_runs()
chosen = st.session_state.get(state.LESSON)

if chosen not in LESSONS and quiz_view() is not None:
    show_quiz()
elif chosen not in LESSONS:
    heading("How does multi-label contrastive learning choose its positives?")
    st.caption(
        f"{len(LESSONS)} short lessons on two recorded trainings on real icons, each with a few cards, a guess and a "
        "sentence to take home. Each card prepares the page; everything on it stays interactive."
    )
    columns = st.columns(2, gap="medium")
    for place, (name, lesson) in enumerate(LESSONS.items()):
        with columns[place % 2], st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(gap="xxsmall"):
                st.markdown(f"**{place + 1} · {lesson.title}**")
                st.caption(escaped(lesson.idea))
            st.button("Begin", key=f"learn.begin.{name}", on_click=open_card, args=(name, 0), width="content")
    show_entry()
else:
    lesson, place = LESSONS[chosen], st.session_state[state.CARD]
    left, right = st.columns([1, 2.1], gap="medium")
    with left, st.container(key="lesson-card", border=True):
        changed = show_card(lesson, place, recorded)

    def _stage() -> None:
        shown = picture(lesson.name, place)
        if shown is not None:
            stage, run = STAGES[shown.stage], recorded.runs[shown.rule]
            show_beside(lambda: stage.draw(recorded, run, shown), changed, of_a_run=stage.of_a_run)
        else:
            st.info("Guess first: this part shows the answer.", icon=":material/visibility_off:")

    beside = picture(lesson.name, place)
    with right:
        live(_stage, every=STAGES[beside.stage].every() if beside else None, key=state.LIVE)
