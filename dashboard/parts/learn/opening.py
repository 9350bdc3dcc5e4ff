"""Opens a card of a lesson: its run, step, anchor and settings. Imports the engine, which the names of methods need."""

from typing import Any

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.methods import method_names, method_options
from dashboard.lessons import LESSONS
from dashboard.lessons.widgets import pairs
from dashboard.parts.learn.lesson_state import begin_card
from mlcl_core.maps import FIRST_MAP

# kinds of stages that show a run
OF_A_RUN = {"cloud", "anchor", "both", "maps", "maps with recall", "maps again"}
# the state of the other pages' parts unless a card sets another one
FRESH = {state.MAP: FIRST_MAP, state.COLOUR: "relation", state.ROLE: "anchor", **pairs("relations")}


def show_lesson(lesson: str, card: int) -> None:
    """Show a card and set everything that it is about, whatever was set before or elsewhere.

    Raises:
        InputError: A recorded run is damaged; no card is shown.
    """
    session = st.session_state
    shown, recorded = LESSONS[lesson].cards[card], loaders.recorded_runs()
    anchor = int(recorded.watched_items.ids[recorded.anchor])
    if shown.stage in OF_A_RUN:
        # the last frame is at the live end of the timeline, as for a run that was just chosen
        begin_card(recorded.runs[shown.rule].id, None if shown.at == "last" else recorded.step(shown.at, shown.rule))
    else:
        begin_card(None, None)
    session[state.LESSON], session[state.CARD] = lesson, card
    session[state.ITEM] = anchor
    session.pop(state.RELATIONS_MADE_FROM, None)  # a new batch, without edits
    session[state.RELATIONS_DRAW] = 0
    for key, value in (_parameters() | FRESH | dict(shown.sets)).items():
        session[key] = value


def _parameters() -> dict[str, Any]:
    """The defaults of all parameters of methods that the page has shown so far."""
    found = {}
    for prefix in state.RELATIONS_RULE.values():
        for method in method_names():
            for name, option in method_options(method, texts=True).items():
                if (key := f"{prefix}.{method}.{name}") in st.session_state:
                    found[key] = option.default
    return found
