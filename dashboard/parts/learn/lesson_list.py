"""The list of lessons: which are done, where to go on, how long each takes."""

import streamlit as st

from dashboard.figures.formatting import escaped
from dashboard.lessons import LESSONS
from dashboard.parts.frame.heading import heading
from dashboard.parts.learn.card import open_card, show_storage
from dashboard.parts.learn.progress import next_card, progress, start_over


def show_list() -> None:
    """Draw the list."""
    heading("How does multi-label contrastive learning choose its positives?")
    st.caption(
        f"{len(LESSONS)} short lessons on two recorded trainings on real icons, each with a few cards, a guess and a "
        "sentence to take home. Each card prepares the page; everything on it stays interactive."
    )
    _go_on()
    with st.container(key="lesson-list"):
        for place, name in enumerate(LESSONS):
            if place % 2 == 0:  # rows of two, so that a phone shows them in their order
                columns = st.columns(2, gap="medium")
            with columns[place % 2]:
                _entry(place + 1, name)
    show_storage()


def _go_on() -> None:
    own = progress()
    if own.last is None and not own.guesses:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson-go-on"):
        if onward := next_card():
            name, card = onward
            st.button(
                f"Continue: lesson {list(LESSONS).index(name) + 1}, card {card + 1}",
                icon=":material/play_arrow:",
                type="primary",
                key="learn.continue",
                on_click=open_card,
                args=onward,
            )
        st.caption(f"{len(own.done)} of {len(LESSONS)} done.", width="content")
        st.button(
            "Start over",
            icon=":material/restart_alt:",
            type="tertiary",
            key="learn.over",
            help="Forget the guesses, revealed answers and marks of this browser.",
            on_click=start_over,
        )


def _entry(number: int, name: str) -> None:
    lesson, done = LESSONS[name], name in progress().done
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"lesson-entry-{name}"):
        with st.container(gap="xxsmall"):
            mark = " :green[:material/check_circle: done]" if done else ""
            st.markdown(f"**{number} · {lesson.title}** :small[{lesson.minutes} min]{mark}")
            st.caption(escaped(lesson.idea))
        words = "Again" if done else "Begin"
        st.button(words, key=f"learn.begin.{name}", on_click=open_card, args=(name, 0), width="content")
