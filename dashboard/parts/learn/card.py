"""The card of a lesson: its text with numbers, its question, Back and Next, opening and leaving it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import loaders
from dashboard.figures.formatting import escaped
from dashboard.lessons import LESSONS, Lesson, Recorded, filled
from dashboard.lessons.lesson import Numbers
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import errors_in_one_line
from dashboard.parts.learn.lesson_state import changes, chose_another_run, end_lesson, is_revealed, own_run
from dashboard.parts.learn.opening import show_answer, show_lesson
from dashboard.parts.learn.present import present_switch

WAY_BACK = ":material/undo: above restores it."


def open_card(lesson: str, card: int) -> None:
    """Callback: show a card and set everything that it is about, whatever was set before or elsewhere.

    A damaged recorded run is reported, and no card is shown.
    """
    with errors_in_one_line():
        show_lesson(lesson, card)


def show_card(lesson: Lesson, place: int, recorded: Recorded) -> Any:
    """Draw one card with its question; return the placeholder under its text for the changes of :func:`show_beside`."""
    card = lesson.cards[place]
    numbers = card.numbers(recorded) if card.numbers else {}
    number = list(LESSONS).index(lesson.name) + 1
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(f"Lesson {number} of {len(LESSONS)} · card {place + 1} of {len(lesson.cards)}", width="content")
        st.button(
            "",
            icon=":material/undo:",
            key="learn.again",
            type="tertiary",
            help="Restore everything beside the card to its state when the card was opened.",
            on_click=open_card,
            args=(lesson.name, place),
        )
        present_switch()
    # above the text, so that the buttons keep their position
    _ways(lesson, place)
    heading(lesson.title)
    st.markdown(filled(card.text, numbers))
    changed = st.empty()
    revealed = _question(lesson, place, numbers)
    if place == len(lesson.cards) - 1 and revealed:
        st.success(f"**To take home.** {filled(lesson.take_home, numbers)}", icon=":material/home:")
    own = next((one for one in loaders.store().runs() if one.id == own_run()), None)
    if own is not None and own.id not in {one.id for one in recorded.runs.values()}:
        st.caption(f"The lesson shows a recorded run. Your own run, **{escaped(own.name)}**, is on the other pages.")
    return changed


def show_beside(stage: Callable[[], None], changed: Any, *, of_a_run: bool) -> None:
    """Draw the stage beside a card; if it no longer shows what the card is about, say so under the card's text.

    For use in a fragment that redraws the stage.

    Args:
        stage: Draws it.
        changed: The placeholder from :func:`show_card`.
        of_a_run: Whether the stage shows a run at the step of the timeline.
    """
    if of_a_run and chose_another_run():
        st.info("The bar above shows another run now; this card is about a recorded one.", icon=":material/school:")
        changed.caption(f"The bar shows another run. {WAY_BACK}")
        return
    stage()
    found = changes(of_a_run=of_a_run)
    if found:
        changed.caption(f"You changed {', '.join(found)}; the text describes the state before. {WAY_BACK}")
    else:
        changed.empty()


def _reveal(lesson: str, place: int) -> None:
    with errors_in_one_line():
        show_answer(lesson, place)


def _question(lesson: Lesson, place: int, numbers: Numbers) -> bool:
    """Ask the question; after a guess and "Reveal", show the answer. Returns whether no answer is left to show."""
    question, key = lesson.cards[place].question, f"learn.{lesson.name}.{place}"
    if question is None:
        return True
    with st.container(border=True):
        st.markdown(f"**Guess first.** {filled(question.ask, numbers)}")
        guess = st.radio(
            "Your guess",
            range(len(question.options)),
            format_func=question.options.__getitem__,
            index=None,
            key=f"{key}.guess",
            persist_state="session",
            label_visibility="collapsed",
        )
        if not is_revealed(lesson.name, place):
            st.button(
                "Reveal",
                icon=":material/visibility:",
                disabled=guess is None,
                key=f"{key}.reveal",
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
