"""The quiz "Try yourself": its entry in the list of lessons, one question at a time, handing in, what came of it."""

import streamlit as st

from dashboard import state
from dashboard.access import may_act
from dashboard.components.keep import keeps
from dashboard.figures.formatting import escaped
from dashboard.lessons import LESSONS
from dashboard.parts.frame.live import in_one_line
from dashboard.parts.learn.card import open_card
from dashboard.parts.learn.quiz_answers import show_answers
from dashboard.parts.learn.quiz_browser import own
from dashboard.parts.learn.quiz_state import (
    ANSWERS,
    again,
    answer_key,
    forms,
    go_to,
    hand_in,
    leave_quiz,
    open_answers,
    open_quiz,
    opened,
    save,
    take_up,
    try_to_keep,
    unanswered,
    view,
)
from dashboard.quiz.attempt import MAX_PSEUDONYM, Attempt
from dashboard.quiz.question import I_DO_NOT_KNOW, RIGHT, TIMES, Asked, QuizQuestion
from dashboard.quiz.questions import QUESTIONS
from dashboard.quiz.store import kept_answers
from mlcl_core.errors import InputError

WIDTH = 860
NO_STORAGE = (
    "This browser keeps nothing for this page: after a reload only the name pairs this quiz with the other one."
)
WHEN = {"before": "Before the lessons", "after": "After the lessons"}


def show_entry() -> None:
    """The entry in the list of lessons."""
    take_up()
    done = st.session_state.get(state.QUIZ_DONE, {})
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="quiz-entry"):
        with st.container(gap="xxsmall"):
            st.markdown("**Try yourself**")
            st.caption(
                f"{len(QUESTIONS)} questions, the same before and after the lessons with other label sets and numbers; "
                "anonymous. After the lessons each answer is explained."
            )
        for when in TIMES:
            st.button(
                f"{WHEN[when].split()[0]}{': done' if when in done else ''}",
                key=f"quiz.begin.{when}",
                on_click=open_quiz,
                args=(when,),
                width="content",
            )
        if may_act():
            st.button("Answers", icon=":material/groups:", key="quiz.answers", on_click=open_answers, width="content")


def show_quiz() -> None:
    """The quiz in view."""
    take_up()
    when = view()
    if when == ANSWERS:
        show_answers()
    elif when is not None:
        open_quiz(when)
        with (
            st.container(horizontal=True, horizontal_alignment="center"),
            st.container(width=WIDTH, key="quiz", gap="small"),
        ):
            _show(when)


def _show(when: str) -> None:
    place, done = opened(when).place, st.session_state.get(state.QUIZ_DONE, {}).get(when)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        where = f"question {place + 1} of {len(QUESTIONS)}" if place < len(QUESTIONS) else "hand in"
        st.caption(f"Try yourself · {WHEN[when].lower()} · {'handed in' if done else where}")
        st.button("All lessons", icon=":material/list:", key="quiz.leave", type="tertiary", on_click=leave_quiz)
    if done is not None:
        _show_done(when, done)
    elif place < len(QUESTIONS):
        _ask(when, place)
    else:
        _ask_to_hand_in(when)


def _ask(when: str, place: int) -> None:
    name = list(QUESTIONS)[place]
    form = forms(when)[name]
    texts = (*(option.text for option in form.options), I_DO_NOT_KNOW)
    st.progress((place + 1) / len(QUESTIONS))
    st.markdown(f"**{place + 1} · {QUESTIONS[name].title}**\n\n{form.ask}")
    st.radio(
        "Your answer",
        range(len(texts)),
        format_func=texts.__getitem__,
        index=None,
        key=answer_key(when, name),
        persist_state="session",
        label_visibility="collapsed",
        on_change=save,
    )
    _ways(when, place)


def _ways(when: str, place: int) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            key="quiz.back",
            shortcut="Left",
            disabled=place == 0,
            on_click=go_to,
            args=(when, place - 1),
        )
        if place < len(QUESTIONS):
            st.button(
                "Next" if place + 1 < len(QUESTIONS) else "To the end",
                icon=":material/arrow_forward:",
                icon_position="right",
                type="primary",
                key="quiz.next",
                shortcut="Right",
                on_click=go_to,
                args=(when, place + 1),
            )


def _ask_to_hand_in(when: str) -> None:
    missing = unanswered(when)
    if missing:
        numbers = ", ".join(map(str, missing))
        st.warning(f"Without an answer: {numbers}. No answer counts as not right, as “{I_DO_NOT_KNOW}” does.")
    else:
        st.markdown("**All questions have an answer.**")
    session = st.session_state
    if state.QUIZ_NAME not in session:
        session[state.QUIZ_NAME] = own().pseudonym
    st.text_input(
        "A name of your own choice (may stay empty)",
        key=state.QUIZ_NAME,
        max_chars=MAX_PSEUDONYM,
        persist_state="session",
        help="It pairs your quiz before with the one after, also in another browser. Take the same one both times, and "
        "none by which you are known.",
    )
    st.caption(
        "What is kept, on the computer that runs the Lab: your answers, the time, a random number of this browser, and "
        "this name. The teacher reads and exports it, and can delete it."
    )
    if keeps() is False:
        st.caption(NO_STORAGE)
    if session.get(state.QUIZ_ERROR):
        st.error(in_one_line(session[state.QUIZ_ERROR]), icon=":material/error:")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            key="quiz.back",
            on_click=go_to,
            args=(when, len(QUESTIONS) - 1),
        )
        st.button(
            "Hand in", type="primary", icon=":material/check:", key="quiz.hand_in", on_click=hand_in, args=(when,)
        )


def _show_done(when: str, attempt: Attempt) -> None:
    lost = st.session_state.get(state.QUIZ_LOST, {}).get(when)
    if lost:
        st.error(in_one_line(f"{lost}. The quiz goes on without; nothing of it is lost in this tab."))
        st.button("Try to keep them again", key="quiz.keep", on_click=try_to_keep, args=(when,))
    elif st.session_state.get(state.QUIZ_ERROR):
        st.info(in_one_line(st.session_state[state.QUIZ_ERROR]), icon=":material/info:")
    else:
        st.success("Handed in.", icon=":material/check:")
    if when == "before":
        st.markdown(
            "The right answers come after the lessons: they would spoil the second quiz. Now the lessons; then **Try "
            "yourself · After**."
        )
        _last_buttons(when)
        return
    words = f"**{attempt.right} of {len(QUESTIONS)} right.**"
    earlier = _own_before(attempt)
    if earlier is not None:
        words += f" Before the lessons it was {earlier.right}."
    st.markdown(words)
    _last_buttons(when)
    for number, (name, form) in enumerate(forms(when).items(), 1):
        _explain(number, QUESTIONS[name], form, attempt.outcomes[name])


def _last_buttons(when: str) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            "To the lessons", type="primary", icon=":material/school:", key="quiz.to_lessons", on_click=leave_quiz
        )
        st.button("Take it again", icon=":material/replay:", key="quiz.again", on_click=again, args=(when,))


def _explain(number: int, question: QuizQuestion, form: Asked, outcome: str) -> None:
    lesson = LESSONS[question.lesson]
    with st.container(border=True, key=f"quiz-answer-{question.name}"):
        mark = ":green[:material/check:]" if outcome == RIGHT else ":orange[:material/close:]"
        st.markdown(f"{mark} **{number} · {question.title}**\n\n{form.ask}")
        wrong = next((option.text for option in form.options if option.mistake == outcome), None)
        if wrong is not None:
            st.markdown(f"Your answer: {wrong}. It *{question.mistakes[outcome]}*.")
        elif outcome != RIGHT:
            st.markdown(f"Your answer: {I_DO_NOT_KNOW if outcome == 'unknown' else 'none'}")
        st.markdown(f"**Right: {form.options[form.right].text}**\n\n{form.because}")
        place = list(LESSONS).index(lesson.name) + 1
        st.button(
            f"Lesson {place}, card {question.card + 1}: {escaped(lesson.title)}",
            icon=":material/school:",
            key=f"quiz.card.{question.name}",
            type="tertiary",
            on_click=_open_card,
            args=(question,),
        )


def _open_card(question: QuizQuestion) -> None:
    leave_quiz()
    open_card(question.lesson, question.card)


def _own_before(attempt: Attempt) -> Attempt | None:
    """The first quiz before the lessons of this browser; by its random id and not by a name that others may take."""
    try:
        found = [
            one
            for one in kept_answers().attempts
            if one.when == "before" and one.browser == attempt.browser and one.pseudonym == attempt.pseudonym
        ]
    except InputError:
        return None
    return found[0] if found else None
