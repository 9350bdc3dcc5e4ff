"""A lesson's card: its sentences with their numbers, its question, Back and Next; the ways into and out of it."""

import streamlit as st

from dashboard import loaders, state
from dashboard.lessons import LESSONS, Lesson, Question, Recorded, filled
from dashboard.lessons.lesson import Numbers
from dashboard.parts.current import choose_run
from dashboard.parts.present import present_switch


def open_card(lesson: str, card: int) -> None:
    """Callback: show a card, with the page set as it wants it. The run and step looked at before are kept."""
    session = st.session_state
    session.setdefault(state.BEFORE, (session.get(state.RUN), session.get(state.STEP)))
    session[state.LESSON], session[state.CARD] = lesson, card
    shown, recorded = LESSONS[lesson].cards[card], loaders.recorded()
    # the last frame is pinned to the right end, as a run is shown when it is chosen
    step = None if shown.at == "last" else recorded.step(shown.at, shown.rule)
    choose_run(recorded.runs[shown.rule], step)
    session[state.ITEM] = int(recorded.probe.ids[recorded.anchor])
    for key, value in shown.sets.items():
        session[key] = value


def leave_lesson() -> None:
    """Callback: back to the list of lessons, and to the run that was looked at before."""
    session = st.session_state
    run, step = session.pop(state.BEFORE, (None, None))
    choose_run(next((one for one in loaders.store().runs() if one.id == run), None), step)
    session[state.LESSON] = None


def show_card(lesson: Lesson, place: int, recorded: Recorded) -> bool:
    """Draw one card with its question; gives whether what stands beside it may be seen."""
    card = lesson.cards[place]
    numbers = card.numbers(recorded) if card.numbers else {}
    number = list(LESSONS).index(lesson.name) + 1
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(f"Lesson {number} of {len(LESSONS)} · card {place + 1} of {len(lesson.cards)}", width="content")
        present_switch()
    # above the text, so that they stand still while it changes
    _ways(lesson, place)
    st.markdown(f"#### {lesson.title}")
    st.markdown(filled(card.text, numbers))
    revealed = _question(card.question, numbers, f"learn.{lesson.name}.{place}") if card.question else True
    if place == len(lesson.cards) - 1 and revealed:
        st.success(f"**To take home.** {filled(lesson.take_home, numbers)}", icon=":material/home:")
    return revealed or not (card.question and card.question.veiled)


def _question(question: Question, numbers: Numbers, key: str) -> bool:
    """Ask, and once a guess was made and the answer asked for, tell; gives whether it was told."""
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
        shown = f"{key}.shown"
        if not st.session_state.get(shown):
            st.button(
                "Reveal",
                icon=":material/visibility:",
                disabled=guess is None,
                key=f"{key}.reveal",
                on_click=st.session_state.__setitem__,
                args=(shown, True),
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
    """Back, Next, and the list; arrow keys do the same."""
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
        st.button("All lessons", icon=":material/list:", key="learn.leave", on_click=leave_lesson)
