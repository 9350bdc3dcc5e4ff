"""The view before a lesson, kept while the lesson is open: other pages show that view, the lesson shows its own.

Imports no engine: every page calls it before its run bar is drawn, when torch may not be loaded yet.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import loaders, state
from dashboard.access import may_act

# what cards set, and the run and step that all pages share
KEPT = {state.RUN, state.RUN_OWN, state.STEP, state.ITEM, state.ROLE, state.MAP, state.COLOUR, state.LABEL}
OF_RELATIONS = "relations."
# messages from the browser cannot be written back, and a batch's number is never used twice
NOT_KEPT = {state.RELATIONS_COMPONENT, state.RELATIONS_MADE}
PLACE = (state.RUN, state.STEP, state.RUN_OWN)
NAMES = {
    state.ITEM: "the anchor",
    state.ROLE: "its role",
    state.MAP: "the map",
    state.COLOUR: "the colours",
    state.LABEL: "the colours",
    state.RELATIONS_RULE["A"]: "method A",
    state.RELATIONS_RULE["B"]: "method B",
    state.RELATIONS_PLACEMENT: "where the weight stands",
    state.RELATIONS_NORMALISE: "the normalisation",
    state.RELATIONS_TEMPERATURE: "the temperature",
    state.RELATIONS_EDIT: "labels",
    state.RELATIONS_DRAW: "the embeddings",
    state.RELATIONS_READINESS: "the embeddings",
    state.RELATIONS_EXAMPLE: "the batch",
    state.RELATIONS_SOURCE: "the batch",
    state.RELATIONS_ITEMS: "the batch",
    state.RELATIONS_SEED: "the batch",
}


def kept() -> dict[str, Any]:
    """The present values of everything that a card may set."""
    session = st.session_state
    return {str(key): session[key] for key in list(session) if is_kept(str(key))}


def is_kept(key: str) -> bool:
    """Whether a session key may be set by a card, or holds settings of the parts on its stage."""
    return key in KEPT or (key.startswith(OF_RELATIONS) and key not in NOT_KEPT)


def put_back(values: Mapping[str, Any]) -> None:
    """Restore kept values; keys without one are removed, as at the start of a session."""
    session = st.session_state
    for key in [key for key in list(session) if is_kept(str(key)) and key not in values]:
        del session[key]
    for key, value in values.items():
        session[key] = value
    session[state.PLACED] = session.get(state.PLACED, 0) + 1


def begin_card(run: str | None, step: int | None) -> None:
    """Keep the view before the lesson and show a card's run at its step, also to a viewer who follows the teacher.

    ``run`` None: the card's stage shows no run, and the session's own run stays in view.
    """
    session = st.session_state
    if state.BEFORE in session:
        _note_choice()
    else:
        session[state.BEFORE] = kept()
    place = {state.RUN: run, state.STEP: step, state.RUN_OWN: not may_act()}
    session[state.LESSON_PLACE] = None if run is None else place
    session.pop(state.LESSON_SHOWN, None)
    _show_place()


def _show_place() -> None:
    """Show the run and step of the card or, if its stage shows none, the session's own."""
    session = st.session_state
    wanted = session[state.LESSON_PLACE] or {key: session[state.BEFORE].get(key) for key in PLACE}
    if any(session.get(key) != value for key, value in wanted.items()):
        session[state.PLACED] = session.get(state.PLACED, 0) + 1
    for key, value in wanted.items():
        session[key] = value


def end_lesson() -> None:
    """Show the view before the lesson again, or the run that was chosen meanwhile."""
    session = st.session_state
    if state.BEFORE in session:
        _note_choice()
        put_back(session.pop(state.BEFORE))
    session[state.LESSON] = None


def _note_choice() -> None:
    """Adopt a run chosen in the bar during the lesson as the session's own; without a run on the stage its step too."""
    session = st.session_state
    held = session[state.LESSON_PLACE]
    # deleting the recorded run is not a choice of another one
    if held is None or (chose_another_run() and held[state.RUN] in {run.id for run in loaders.store().runs()}):
        session[state.BEFORE] |= {key: session.get(key) for key in PLACE}
        _show_place()


def mend_runs(*, by_bytes: bool = False) -> bool:
    """In an open lesson, restore what was deleted or cut of the recorded runs, and note what to say about it.

    ``by_bytes``: also what has the right size, after a file could not be read. Returns whether a run was mended.
    """
    session = st.session_state
    mended = loaders.mend_recorded_runs(by_bytes=by_bytes) if session.get(state.LESSON) else []
    if mended:
        session[state.LESSON_MENDED] = mended
    return bool(mended)


def in_lesson() -> bool:
    """Whether the view is an open lesson's."""
    return state.BEFORE in st.session_state


def chose_another_run() -> bool:
    """Whether the bar shows another run than the card's stage."""
    session = st.session_state
    held = session[state.LESSON_PLACE]
    return held is not None and session.get(state.RUN) != held[state.RUN]


def place_of_card() -> dict[str, Any]:
    """Run and step that the card set; empty where its stage shows no run."""
    found: dict[str, Any] | None = st.session_state.get(state.LESSON_PLACE) if in_lesson() else None
    return found or {}


def card_view() -> dict[str, Any]:
    """Anchor, map and colours that the card set; empty without a lesson."""
    found: dict[str, Any] | None = st.session_state.get(state.LESSON_VIEW) if in_lesson() else None
    return found or {}


def own_run() -> str | None:
    """Id of the run in view before the lesson, if the lesson's run has replaced it."""
    session = st.session_state
    held, before = session[state.LESSON_PLACE], session.get(state.BEFORE) or {}
    found = before.get(state.RUN)
    return None if held is None or found == held[state.RUN] else found


def cross(*, learning: bool) -> None:
    """Switch views before a page is drawn: the Learn page shows the open lesson, other pages the session's own run."""
    session = st.session_state
    if learning:
        mend_runs()
    if not learning and state.BEFORE in session:
        _note_choice()
        session[state.ASIDE] = kept()
        put_back(session.pop(state.BEFORE))
    elif learning and state.ASIDE in session:
        session[state.BEFORE] = kept()
        put_back(session.pop(state.ASIDE))
        if session[state.LESSON_PLACE] is None:
            _show_place()  # another run or step may have been chosen on another page


def changes() -> list[str]:
    """Names of the settings that differ from the card's first drawing; the first call after opening returns none."""
    left_out = {state.RELATIONS_BATCH, state.RELATIONS_MADE_FROM, *PLACE}
    now = {key: value for key, value in kept().items() if key not in left_out}
    first = st.session_state.setdefault(state.LESSON_SHOWN, now)
    found = {NAMES.get(key, "parameters") for key, value in now.items() if key in first and first[key] != value}
    return [name for name in dict.fromkeys([*NAMES.values(), "parameters"]) if name in found]
