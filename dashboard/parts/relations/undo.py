"""Way back on the Relations page: from edits, and from whatever replaces a batch or settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.components.matrices import undo_of
from dashboard.figures.hand_batch import HandBatch
from dashboard.parts.learn.lesson_state import in_lesson

MAX_STEPS = 50
# what the lesson on placements sets
SETTINGS = (*state.RELATIONS_RULE.values(), state.RELATIONS_PLACEMENT, state.RELATIONS_NORMALISE)


@dataclass(frozen=True)
class Step:
    """What can be brought back.

    Attributes:
        words: What is undone, for the button.
        batch: The batch as it was, and the choices that it was made from; None: the step changed no batch.
        settings: The settings as they were; None: the step changed none.
    """

    words: str
    batch: tuple[HandBatch, Any] | None = None
    settings: Mapping[str, Any] | None = None


def keep_batch(words: str) -> None:
    """Keep the batch as it is, before ``words`` happens to it. A card of a lesson has a way back of its own."""
    session = st.session_state
    batch = session.get(state.RELATIONS_BATCH)
    if batch is not None and not in_lesson():
        _add(Step(words, batch=(batch, session.get(state.RELATIONS_MADE_FROM))))


def keep_settings(words: str) -> None:
    """Keep the methods, placement and normalisation as they are."""
    session = st.session_state
    _add(Step(words, settings={key: session[key] for key in SETTINGS if key in session}))


def _add(step: Step) -> None:
    held = st.session_state.get(state.UNDO_STEPS, ())
    st.session_state[state.UNDO_STEPS] = (*held, step)[-MAX_STEPS:]


def last_step() -> Step | None:
    """What the next undo brings back; None: there is nothing, or the page is a lesson's."""
    held = st.session_state.get(state.UNDO_STEPS, ())
    return held[-1] if held and not in_lesson() else None


def take_undo() -> None:
    """Callback of the component's button; one that speaks of an earlier batch is dropped."""
    asked, batch = undo_of(state.RELATIONS_COMPONENT), st.session_state.get(state.RELATIONS_BATCH)
    if asked is not None and batch is not None and asked["batch"] == batch.key:
        undo()


def undo() -> None:
    """Callback: bring back what the last step changed."""
    session, step = st.session_state, last_step()
    if step is None:
        return
    session[state.UNDO_STEPS] = session[state.UNDO_STEPS][:-1]
    if step.settings is not None:
        for key in SETTINGS:
            session.pop(key, None)
        session.update(step.settings)
        session[state.UNDO_WHOLE] = True
    if step.batch is not None:
        (batch, made_from), now = step.batch, session[state.RELATIONS_BATCH]
        held = (session.get(state.RELATIONS_MADE_FROM), now.readiness, now.seed)
        session[state.UNDO_WHOLE] = held != (made_from, batch.readiness, batch.seed)
        # a new key: the browser must not take it for a late answer
        session[state.RELATIONS_MADE] = session.get(state.RELATIONS_MADE, 0) + 1
        session[state.RELATIONS_BATCH] = replace(batch, key=f"batch {session[state.RELATIONS_MADE]}")
        session[state.RELATIONS_EDIT] = 0
        stand_by_batch(made_from)


def stand_by_batch(made_from: Any) -> None:
    """Set the fields to what the batch in view was made from; other choices do not replace it unasked."""
    session, batch = st.session_state, st.session_state[state.RELATIONS_BATCH]
    (source, *rest), draw = made_from
    session[state.RELATIONS_SOURCE] = source
    if source == "example":
        session[state.RELATIONS_EXAMPLE] = rest[0]
    else:
        session[state.RELATIONS_ITEMS], session[state.RELATIONS_SEED] = rest[0], rest[1]
    if batch.readiness is None:
        session[state.RELATIONS_DRAW] = draw
    else:
        session[state.RELATIONS_READINESS], session[state.RELATIONS_DRAW] = batch.readiness, batch.seed
    session[state.RELATIONS_MADE_FROM] = made_from
    session[state.UNDO_DECLINED] = None  # whatever the fields ask for in the next rerun: the run may be another one


def wants_another(wanted: Any) -> bool:
    """Whether the fields ask for another batch than the one in view, and were not told to leave it."""
    session = st.session_state
    held = session.get(state.RELATIONS_MADE_FROM)
    if state.UNDO_DECLINED in session and session[state.UNDO_DECLINED] is None:
        session[state.UNDO_DECLINED] = wanted
    if wanted == held:
        session.pop(state.UNDO_DECLINED, None)
    return bool(wanted not in (held, session.get(state.UNDO_DECLINED)))


def may_replace(wanted: Any) -> bool:
    """Whether the batch may go: it was not edited, or the question about it was answered."""
    session = st.session_state
    batch = session.get(state.RELATIONS_BATCH)
    made = session.get(state.RELATIONS_MADE_FROM)
    return batch is None or made is None or not batch.is_edited or session.get(state.UNDO_AGREED) == wanted


def ask_about_batch(wanted: Any, words: str) -> None:
    """Ask whether the edited batch may go."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="relations-question"):
        st.markdown(f":orange[:material/help:] {words} Your batch has edits of yours.", width="content")
        st.button("Replace it", on_click=_agree, args=(wanted,), key="undo.replace", type="primary")
        st.button("Keep my batch", on_click=_decline, key="undo.keep")


def _agree(wanted: Any) -> None:
    st.session_state[state.UNDO_AGREED] = wanted


def _decline() -> None:
    stand_by_batch(st.session_state[state.RELATIONS_MADE_FROM])
