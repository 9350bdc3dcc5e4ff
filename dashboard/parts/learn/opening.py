"""Opens a card of a lesson: its run, step, anchor and settings. Imports the engine, which the names of methods need."""

from typing import Any

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.methods import method_names, method_options
from dashboard.lessons import LESSONS, Picture
from dashboard.lessons.widgets import pairs
from dashboard.parts.learn.lesson_state import begin_card, mend_runs
from dashboard.parts.learn.progress import is_revealed, note_open, progress, reveal
from dashboard.parts.learn.stages import STAGES
from mlcl_core.maps import FIRST_MAP

# the state of the other pages' parts unless a card sets another one
FRESH = {state.MAP: FIRST_MAP, state.COLOUR: "relation", state.ROLE: "anchor", **pairs("relations")}


def show_lesson(lesson: str, card: int) -> None:
    """Show a card and set everything that it is about, whatever was set before or elsewhere.

    Raises:
        InputError: A recorded run is damaged beyond mending; no card is shown.
    """
    session = st.session_state
    session.pop(state.LESSON_MENDED, None)
    mend_runs()
    _lay_out(picture(lesson, card))
    session[state.LESSON], session[state.CARD] = lesson, card
    note_open(lesson, card)


def picture(lesson: str, card: int) -> Picture | None:
    """What stands beside a card now: after Reveal the picture of the answer; None: nothing before it."""
    shown = LESSONS[lesson].cards[card]
    return shown.after if shown.question is None or is_revealed(lesson, card) else shown.picture


def show_answer(lesson: str, card: int) -> None:
    """Show the answer of a card's question, if there is a guess, and go where the answer speaks of.

    Raises:
        InputError: A recorded run is damaged beyond mending.
    """
    question = LESSONS[lesson].cards[card].question
    if question is None or (lesson, card) not in progress().guesses:
        return
    reveal(lesson, card)
    if question.after:
        show_lesson(lesson, card)
    else:
        note_open(lesson, card)


def _lay_out(shown: Picture | None) -> None:
    session, recorded = st.session_state, loaders.recorded_runs()
    if shown is not None and STAGES[shown.stage].of_a_run:
        # the last frame is at the live end of the timeline, as for a run that was just chosen
        begin_card(recorded.runs[shown.rule].id, None if shown.at == "last" else recorded.step(shown.at, shown.rule))
    else:
        begin_card(None, None)
    session[state.ITEM] = int(recorded.watched_items.ids[recorded.anchor])
    session.pop(state.RELATIONS_MADE_FROM, None)  # a new batch, without edits
    session[state.RELATIONS_DRAW] = 0
    for key, value in (_parameters() | FRESH | dict(shown.sets if shown else {})).items():
        session[key] = value
    session[state.LESSON_VIEW] = {key: session[key] for key in (state.ITEM, state.MAP, state.COLOUR)}


def _parameters() -> dict[str, Any]:
    """The defaults of all parameters of methods that the page has shown so far."""
    found = {}
    for prefix in state.RELATIONS_RULE.values():
        for method in method_names():
            for name, option in method_options(method, texts=True).items():
                if (key := f"{prefix}.{method}.{name}") in st.session_state:
                    found[key] = option.default
    return found
