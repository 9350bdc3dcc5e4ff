"""The card of a lesson: its text with numbers, its question, Back and Next, opening and leaving it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from dashboard import loaders, state
from dashboard.components.guess_keys import guess_keys
from dashboard.components.keep import keeps
from dashboard.figures.formatting import escaped
from dashboard.lessons import LESSONS, Lesson, Recorded, filled
from dashboard.lessons.lesson import Numbers
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import errors_in_one_line, live
from dashboard.parts.learn.lesson_state import chose_another_run, end_lesson, mend_runs, own_run
from dashboard.parts.learn.moved import moved
from dashboard.parts.learn.opening import picture, show_answer, show_lesson
from dashboard.parts.learn.present import present_switch
from dashboard.parts.learn.progress import guess_key, is_revealed, keep_progress, progress, take_guess
from dashboard.parts.learn.stages import STAGES
from dashboard.parts.learn.veil import show_veil
from mlcl_core.errors import InputError

NO_STORAGE = (
    "This browser keeps nothing for this page (its storage is off or full): a reload forgets guesses and marks."
)


def open_card(lesson: str, card: int) -> None:
    """Callback: show a card and set everything that it is about, whatever was set before or elsewhere.

    A recorded run that is damaged beyond mending is reported, and no card is shown.
    """
    with errors_in_one_line():
        try:
            show_lesson(lesson, card)
        except (InputError, OSError):
            if not mend_runs(by_bytes=True):
                raise
            show_lesson(lesson, card)


@contextmanager
def _mended() -> Iterator[None]:
    """Where a file cannot be read, and its run can be mended, draw the page again."""
    try:
        yield
    except (InputError, OSError):
        if not mend_runs(by_bytes=True):
            raise
        st.rerun()


def keep_answers() -> None:
    """Draw what keeps guesses and answers in the browser; an open card follows what the browser says."""
    session = st.session_state
    lesson, card = str(state.get(state.LESSON, "")), int(str(state.get(state.CARD, 0)))
    before = is_revealed(lesson, card)

    def follow() -> None:
        if lesson and session.get(state.LESSON) == lesson and is_revealed(lesson, card) != before:
            open_card(lesson, card)

    keep_progress(follow)


def show_card(lesson: Lesson, place: int, recorded: Recorded) -> None:
    """Draw one card with its question, and its picture beside it."""
    left, right = st.columns([1, 2.1], gap="medium")
    with left, st.container(key="lesson-card", border=True):
        number = list(LESSONS).index(lesson.name) + 1
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(f"Lesson {number} of {len(LESSONS)} · card {place + 1} of {len(lesson.cards)}", width="content")
            present_switch()
        # above the text, so that the buttons keep their position
        _ways(lesson, place)
        heading(lesson.title)
        changed = st.empty()
        with errors_in_one_line(), _mended():  # of a run that is damaged beyond mending: the ways on stay
            changed = _words(lesson, place, loaders.card_numbers(lesson.name, place))
        _notes(recorded)
    shown = picture(lesson.name, place)
    every = STAGES[shown.stage].every() if shown else None
    with right:
        live(lambda: _beside(lesson.name, place, recorded, changed), every=every, key=state.LIVE)


def _words(lesson: Lesson, place: int, numbers: Numbers) -> Any:
    """Text, question and the sentence to take home; returns the place of the line about changes of the picture."""
    st.markdown(filled(lesson.cards[place].text, numbers))
    with st.container(key="lesson-moved", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        changed = st.empty()
        st.button(
            "Back to it",
            icon=":material/undo:",
            key="learn.again",
            type="tertiary",
            help="Restore everything beside the card to its state when the card was opened.",
            on_click=open_card,
            args=(lesson.name, place),
            width="content",
        )
    revealed = _question(lesson, place, numbers)
    if place == len(lesson.cards) - 1 and revealed:
        st.success(f"**To take home.** {filled(lesson.take_home, numbers)}", icon=":material/home:")
    return changed


def _notes(recorded: Recorded) -> None:
    """What else is to be said: the session's own run, what was restored, a browser without storage."""
    own = next((one for one in loaders.store().runs() if one.id == own_run()), None)
    if own is not None and own.id not in {one.id for one in recorded.runs.values()}:
        st.caption(f"The lesson shows a recorded run. Your own run, **{escaped(own.name)}**, is on the other pages.")
    if mended := st.session_state.get(state.LESSON_MENDED):
        st.caption(f"Files of {escaped(' and '.join(mended))} were missing or damaged; they were copied anew.")
    show_storage()


def show_storage() -> None:
    """One sentence in a browser without storage."""
    if keeps() is False:
        st.caption(f":material/cloud_off: {NO_STORAGE}")


def _beside(lesson: str, place: int, recorded: Recorded, changed: Any) -> None:
    """Draw the picture; if it no longer shows what the card is about, say so under the card's text."""
    shown = picture(lesson, place)
    if shown is None:
        show_veil()
    elif STAGES[shown.stage].of_a_run and chose_another_run():
        st.info("The bar above shows another run now; this card is about a recorded one.", icon=":material/school:")
    else:
        with _mended():
            STAGES[shown.stage].draw(recorded, recorded.runs[shown.rule], shown)
    if found := moved(recorded, shown):
        changed.caption(found)
    else:
        changed.empty()


def _reveal(lesson: str, place: int) -> None:
    with errors_in_one_line():
        show_answer(lesson, place)


def _question(lesson: Lesson, place: int, numbers: Numbers) -> bool:
    """Ask the question; after a guess and "Reveal", show the answer. Returns whether no answer is left to show."""
    question, key = lesson.cards[place].question, guess_key(lesson.name, place)
    if question is None:
        return True
    st.session_state.setdefault(key, progress().guesses.get((lesson.name, place)))
    with st.container(border=True, key="lesson-question"):
        st.markdown(f"**Guess first.** {filled(question.ask, numbers)}")
        guess = st.radio(
            "Your guess",
            range(len(question.options)),
            format_func=question.options.__getitem__,
            key=key,
            persist_state="session",
            label_visibility="collapsed",
            on_change=take_guess,
            args=(lesson.name, place),
        )
        guess_keys(key, key="learn.guess_keys")
        if not is_revealed(lesson.name, place):
            st.button(
                "Reveal",
                icon=":material/visibility:",
                shortcut="A",
                disabled=guess is None,
                key=f"learn.{lesson.name}.{place}.reveal",
                on_click=_reveal,
                args=(lesson.name, place),
            )
            return False
        right = question.right(numbers)
        if guess is None:
            verdict = ""
        elif guess == right:
            verdict = ":green[:material/check: **Right.**] "
        else:
            verdict = f":orange[:material/close: Not quite: **{question.options[right]}**.] "
        st.markdown(verdict + filled(question.reveal, numbers))
    return True


def _ways(lesson: Lesson, place: int) -> None:
    """Back, Next and All lessons, with arrow keys as shortcuts."""
    names = list(LESSONS)
    after = names.index(lesson.name) + 1
    last = place == len(lesson.cards) - 1
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            key="learn.back",
            shortcut="Left",
            disabled=place == 0,
            on_click=open_card,
            args=(lesson.name, max(place - 1, 0)),
        )
        if not last:
            onward: tuple[str, str, int] | None = ("Next", lesson.name, place + 1)
        else:
            onward = ("Next lesson", names[after], 0) if after < len(names) else None
        if onward is not None:
            st.button(
                onward[0],
                icon=":material/arrow_forward:",
                icon_position="right",
                type="primary",
                key="learn.next",
                shortcut="Right",
                on_click=open_card,
                args=onward[1:],
            )
        st.button("All lessons", icon=":material/list:", key="learn.leave", on_click=end_lesson)
