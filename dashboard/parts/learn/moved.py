"""One line under a card's text once the picture no longer shows what the text speaks of."""

import streamlit as st

from dashboard import state
from dashboard.figures.formatting import escaped, shortened
from dashboard.lessons import Picture, Recorded
from dashboard.parts.learn.lesson_state import changes, chose_another_run, place_of_card
from dashboard.parts.learn.stages import STAGES

MAX_NAME = 40  # characters


def moved(recorded: Recorded, shown: Picture | None) -> str:
    """What differs, computed from the card's picture and the present state; empty where text and picture agree.

    The first call after a card was opened notes the settings that others are compared with.
    """
    found, changed = [], changes()
    if shown is not None and STAGES[shown.stage].of_a_run:
        if chose_another_run():
            return f"The bar shows another run; the text speaks of **{escaped(recorded.runs[shown.rule].name)}**."
        found.append(_step(recorded, shown))
        found.append(_anchor(recorded))
        changed = [name for name in changed if name != "the anchor"]
    if changed:
        found.append(f"You changed {', '.join(changed)}; the text describes the state before.")
    return " ".join(sentence for sentence in found if sentence)


def _step(recorded: Recorded, shown: Picture) -> str:
    told, last = recorded.step(shown.at, shown.rule), recorded.step("last", shown.rule)
    wanted = st.session_state.get(state.STEP)
    here = last if wanted is None else int(wanted)
    return "" if here == told else f"You are at step {here:,}; the text speaks of {told:,}."


def _anchor(recorded: Recorded) -> str:
    items = [int(item) for item in recorded.watched_items.ids]
    chosen, told = st.session_state.get(state.ITEM), recorded.anchor
    if not place_of_card() or chosen is None or chosen == items[told] or chosen not in items:
        return ""
    here, meant = (
        escaped(shortened(recorded.watched_items.names[row], MAX_NAME)) for row in (items.index(chosen), told)
    )
    return f"The anchor is {here}; the text speaks of {meant}."
