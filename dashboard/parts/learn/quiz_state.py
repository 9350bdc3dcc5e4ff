"""The quiz of a session: opening it, answering, handing it in. Answers are on the server from the first click."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from time import time

import streamlit as st

from dashboard import loaders, state
from dashboard.parts.learn.quiz_browser import KeptQuiz, meet, own, remember
from dashboard.quiz.attempt import Attempt, checked_outcomes, checked_pseudonym, new_token
from dashboard.quiz.question import SEEDS, TIMES, Asked
from dashboard.quiz.questions import QUESTIONS
from dashboard.quiz.store import keep_attempt, kept_answers
from mlcl_core.errors import InputError

ANSWERS = "answers"
IN_ANOTHER_TAB = "This quiz was handed in before, in another tab: those answers count."
MAX_PER_SESSION = 6  # attempts that one session may hand in


@dataclass(frozen=True)
class Opened:
    """A quiz under way: the id of the attempt, the seed of its forms, and the place of the question in view."""

    id: str
    seed: int
    place: int = 0


def view() -> str | None:
    """``before``, ``after`` or ``answers`` where the Learn page shows the quiz."""
    found = st.session_state.get(state.QUIZ)
    return found if found in (*TIMES, ANSWERS) else None


def open_quiz(when: str) -> None:
    """Show the quiz of a time; one that was left is where it was left, one that was handed in shows what came of it."""
    session = st.session_state
    quizzes: dict[str, Opened] = session.get(state.QUIZ_OPEN, {})
    # after the lessons the forms that belong to those before, which the browser tells a moment after the page opens
    earlier = quizzes.get("before") or own().quizzes.get("before")
    known = earlier.seed if when == "after" and earlier is not None else None
    if when not in quizzes:
        seed = secrets.randbelow(SEEDS) if known is None else known
        session[state.QUIZ_OPEN] = {**quizzes, when: Opened(new_token(), seed)}
    elif known not in (None, quizzes[when].seed) and _is_untouched(when):
        session[state.QUIZ_OPEN] = {**quizzes, when: replace(quizzes[when], seed=known)}
    session[state.QUIZ] = when


def take_up() -> None:
    """Read what the browser keeps, and go on where it left off; once in each run of the page."""
    meet()
    session = st.session_state
    for when, kept in own().quizzes.items():
        quizzes: dict[str, Opened] = session.get(state.QUIZ_OPEN, {})
        if when in quizzes and (quizzes[when].id == kept.id or not _is_untouched(when)):
            continue
        session[state.QUIZ_OPEN] = {**quizzes, when: Opened(kept.id, kept.seed, kept.place)}
        for name, choice in zip(QUESTIONS, kept.chosen, strict=True):
            if choice is not None:
                session[answer_key(when, name)] = choice
        with suppress(InputError):  # without its file it can be handed in
            found = [one for one in kept_answers().attempts if one.id == kept.id]
            if found:
                session[state.QUIZ_DONE] = {**session.get(state.QUIZ_DONE, {}), when: found[0]}


def save() -> None:
    """Callback: let the browser keep the quizzes as they are."""
    mine, session = own(), st.session_state
    quizzes = {
        when: KeptQuiz(quiz.id, quiz.seed, quiz.place, tuple(chosen(when, name) for name in QUESTIONS))
        for when, quiz in session.get(state.QUIZ_OPEN, {}).items()
    }
    remember(mine.id or new_token(), mine.pseudonym, quizzes)


def _is_untouched(when: str) -> bool:
    done = st.session_state.get(state.QUIZ_DONE, {})
    return when not in done and opened(when).place == 0 and len(unanswered(when)) == len(QUESTIONS)


def again(when: str) -> None:
    """Open a fresh quiz of a time that was handed in already."""
    session = st.session_state
    for key in (state.QUIZ_OPEN, state.QUIZ_DONE, state.QUIZ_LOST):
        session[key] = {name: one for name, one in session.get(key, {}).items() if name != when}
    open_quiz(when)
    save()


def open_answers() -> None:
    """Show the answers of the class."""
    st.session_state[state.QUIZ] = ANSWERS


def leave_quiz() -> None:
    """Show the list of lessons."""
    st.session_state[state.QUIZ] = None
    st.session_state.pop(state.QUIZ_ERROR, None)


def opened(when: str) -> Opened:
    """The quiz under way."""
    found: Opened = st.session_state[state.QUIZ_OPEN][when]
    return found


def go_to(when: str, place: int) -> None:
    """Show a question, or, after the last one, the page that hands in."""
    quizzes = st.session_state[state.QUIZ_OPEN]
    place = min(max(place, 0), len(QUESTIONS))
    st.session_state[state.QUIZ_OPEN] = {**quizzes, when: replace(quizzes[when], place=place)}
    save()


def forms(when: str) -> dict[str, Asked]:
    """The forms of the quiz under way."""
    return loaders.quiz_forms(opened(when).seed)[when]


def answer_key(when: str, name: str) -> str:
    """Session key of an answer."""
    return f"quiz.answer.{opened(when).id}.{name}"


def chosen(when: str, name: str) -> int | None:
    """The place of the chosen option; None: no answer."""
    found = st.session_state.get(answer_key(when, name))
    return found if type(found) is int else None


def unanswered(when: str) -> list[int]:
    """Numbers of the questions without an answer, from 1."""
    return [number for number, name in enumerate(QUESTIONS, 1) if chosen(when, name) is None]


def hand_in(when: str) -> None:
    """Callback: grade the answers and keep them; what cannot be kept is said, and the quiz goes on."""
    session = st.session_state
    if when in session.get(state.QUIZ_DONE, {}):
        return
    try:
        pseudonym = checked_pseudonym(str(session.get(state.QUIZ_NAME) or ""))
    except InputError as error:
        session[state.QUIZ_ERROR] = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return
    session.pop(state.QUIZ_ERROR, None)
    asked, quiz = forms(when), opened(when)
    attempt = Attempt(
        id=quiz.id,
        browser=own().id or new_token(),
        pseudonym=pseudonym,
        when=when,
        at=round(time(), 3),
        seed=quiz.seed,
        version=_version(),
        outcomes=checked_outcomes({name: form.outcome(chosen(when, name)) for name, form in asked.items()}),
    )
    session[state.QUIZ_DONE] = {**session.get(state.QUIZ_DONE, {}), when: attempt}
    remember(attempt.browser, pseudonym, own().quizzes)
    save()
    try_to_keep(when)


def try_to_keep(when: str) -> None:
    """Callback: keep an attempt on the server."""
    session = st.session_state
    lost = {name: why for name, why in session.get(state.QUIZ_LOST, {}).items() if name != when}
    count = session.get(state.QUIZ_COUNT, 0)
    try:
        if count >= MAX_PER_SESSION:
            raise InputError(f"the answers cannot be kept: this browser tab has handed in {count} times, the most")
        done = session[state.QUIZ_DONE]
        there = keep_attempt(done[when])
        session[state.QUIZ_COUNT] = count + 1
        if there != done[when]:
            session[state.QUIZ_DONE] = {**done, when: there}
            session[state.QUIZ_ERROR] = IN_ANOTHER_TAB
    except InputError as error:
        lost[when] = str(error)
    session[state.QUIZ_LOST] = lost


def _version() -> str:
    try:
        return version("mlcl-lab")
    except PackageNotFoundError:
        return ""
