"""The batch under edit on the Relations page: its source, its embeddings, and the edits made in the browser."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.access import shown
from dashboard.components.matrices import edit_of
from dashboard.components.mount import log_dropped
from dashboard.figures.batch_sources import EXAMPLES, example_batch, random_batch
from dashboard.figures.formatting import escaped
from dashboard.figures.hand_batch import EMBEDDINGS, MAX_ITEMS, HandBatch, edited, redrawn
from dashboard.parts.relations.undo import ask_about_batch, keep_batch, may_replace, wants_another
from dashboard.parts.relations.watched_batch import watched_batch
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

SOURCES = {"example": "An example", "random": "At random", "run": "From the run"}


def bump(key: str) -> None:
    """Callback: the next seed."""
    st.session_state[key] = st.session_state.get(key, 0) + 1


@dataclass(frozen=True)
class Notice:
    """What is to be said about the batch: why the wanted one is not there, or a question before it comes."""

    wanted: Any
    question: str = ""
    error: str = ""


def batch_input(run: Run | None) -> Notice | None:
    """The settings of the batch behind a button; the batch itself, with all edits so far, is in the session."""
    with st.popover("Batch", icon=":material/grid_on:", width="stretch"):
        source = st.segmented_control(
            "Source of the items",
            list(SOURCES),
            format_func=SOURCES.__getitem__,
            default="example",
            required=True,
            key=state.RELATIONS_SOURCE,
            persist_state="session",
        )
        made_from = _choose_example() if source == "example" else _choose_items(str(source), run)
        readiness = "learning"
        if source == "run":
            _redraw_button("Take the frame at the step of the timeline")
        else:
            readiness = _choose_readiness()
    try:
        return _settle(made_from, readiness, run)
    except InputError as error:
        if state.RELATIONS_BATCH not in st.session_state:
            _settle(("example", "relations"), readiness, run)
        return Notice(made_from, error=escaped(shown(str(error))))


def show_notice(notice: Notice | None) -> None:
    """Say it above the matrices, where it is seen while the fields are closed."""
    if notice is not None and notice.error:
        st.error(notice.error)
    elif notice is not None:
        ask_about_batch(notice.wanted, notice.question)


def _choose_example() -> tuple[object, ...]:
    example = st.selectbox(
        "Example",
        list(EXAMPLES),
        format_func=lambda name: EXAMPLES[name].title,
        key=state.RELATIONS_EXAMPLE,
        persist_state="session",
    )
    fresh = example_batch(example, key="", readiness="random", seed=0)
    st.caption(f"Before any edit: {EXAMPLES[example].words(fresh)}")
    return ("example", example)


def _choose_items(source: str, run: Run | None) -> tuple[object, ...]:
    items = st.slider("Items", 4, MAX_ITEMS, 8, key=state.RELATIONS_ITEMS, persist_state="session")
    words = "Draw another batch" if source == "random" else "Pick other items"
    st.button(words, icon=":material/casino:", on_click=bump, args=(state.RELATIONS_SEED,), width="stretch")
    run_id = run.id if source == "run" and run else ""
    return (source, items, st.session_state.get(state.RELATIONS_SEED, 0), run_id)


def _choose_readiness() -> str:
    readiness = st.selectbox(
        "Made-up embeddings",
        list(EMBEDDINGS),
        index=list(EMBEDDINGS).index("learning"),
        format_func=lambda name: EMBEDDINGS[name].title,
        key=state.RELATIONS_READINESS,
        persist_state="session",
    )
    st.caption(EMBEDDINGS[readiness].sentence)
    _redraw_button("Draw embeddings again")
    return str(readiness)


def _redraw_button(words: str) -> None:
    st.button(words, icon=":material/refresh:", on_click=bump, args=(state.RELATIONS_DRAW,), width="stretch")


def present_batch(made_from: tuple[object, ...], readiness: str, run: Run | None) -> HandBatch:
    """The batch under edit; a new one where its source or its embeddings were changed.

    Raises:
        InputError: The run that it is to be made from has no frame, or its files cannot be read.
    """
    _settle(made_from, readiness, run)
    batch: HandBatch = st.session_state[state.RELATIONS_BATCH]
    return batch


def _settle(made_from: tuple[object, ...], readiness: str, run: Run | None) -> Notice | None:
    session = st.session_state
    draw = session.get(state.RELATIONS_DRAW, 0)
    wanted, drawn = (made_from, draw if made_from[0] == "run" else 0), (readiness, draw)
    if wants_another(wanted):
        bump(state.RELATIONS_MADE)  # also on failure: the key of a batch is never used twice
        fresh = _new_batch(made_from, f"batch {session[state.RELATIONS_MADE]}", readiness, draw, run)
        if not may_replace(wanted):
            return Notice(wanted, question=_question(made_from))
        keep_batch("the choice of another batch")
        session[state.RELATIONS_BATCH] = fresh
        session[state.RELATIONS_MADE_FROM], session[state.RELATIONS_EDIT] = wanted, 0
        session.pop(state.UNDO_AGREED, None)  # the next batch is asked about again
    batch: HandBatch = session[state.RELATIONS_BATCH]
    if batch.readiness is not None and (batch.readiness, batch.seed) != drawn and made_from[0] != "run":
        keep_batch("the new embeddings")
        session[state.RELATIONS_BATCH] = redrawn(batch, readiness=readiness, seed=draw)
    return None


def _question(made_from: tuple[object, ...]) -> str:
    if made_from[0] == "example":
        return f"Show the example **{EXAMPLES[str(made_from[1])].title}** instead?"
    return "Draw another batch instead?" if made_from[0] == "random" else "Show items of the run instead?"


def _new_batch(made_from: tuple[object, ...], key: str, readiness: str, draw: int, run: Run | None) -> HandBatch:
    source = made_from[0]
    if source == "example":
        return example_batch(str(made_from[1]), key=key, readiness=readiness, seed=draw)
    items, seed = int(str(made_from[1])), int(str(made_from[2]))
    if source == "random":
        return random_batch(items, key=key, readiness=readiness, seed=seed, draw=draw)
    if run is None:
        raise InputError("there is no run yet; start one on the Train page, or choose an example")
    return watched_batch(run, st.session_state.get(state.STEP), items=items, seed=seed, key=key)


def take_edit() -> None:
    """Callback of the component: apply the edit to the batch; an edit of an earlier batch is dropped."""
    session = st.session_state
    edit, batch = edit_of(state.RELATIONS_COMPONENT), session.get(state.RELATIONS_BATCH)
    if edit is None or batch is None or edit["batch"] != batch.key:
        return
    try:
        changed = edited(batch, edit["items"])
    except InputError as error:  # the component never sends such an edit
        log_dropped(state.RELATIONS_COMPONENT, "edit", str(error))
        return
    keep_batch("the last edit")
    session[state.RELATIONS_BATCH], session[state.RELATIONS_EDIT] = changed, edit["edit"]
