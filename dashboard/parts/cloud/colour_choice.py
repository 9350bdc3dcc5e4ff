"""The choice of the colours of a cloud; as one text, in links too: "relation", or "label:maps"."""

from typing import Final

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.colourings import COLOURINGS
from dashboard.figures.formatting import plain, shortened
from dashboard.parts.frame.current import current_run
from mlcl_core.errors import InputError
from mlcl_core.runs.records import WatchedItems

KEEP: Final = "session"
FIRST = "relation"
MAX_NAME_SHOWN = 60


def colour_choice(watched: WatchedItems | None) -> str:
    """The chosen colouring, with what was chosen beside it."""
    chosen = st.selectbox(
        "Colour by",
        list(COLOURINGS),
        format_func=lambda name: f"colour: {COLOURINGS[name].title}",
        key=state.COLOUR,
        persist_state=KEEP,
        label_visibility="collapsed",
        width=230,
    )
    name = str(chosen or FIRST)
    choices = COLOURINGS[name].choices
    if choices is None or watched is None:
        return name
    names, first = choices(watched)
    if not names:
        return name
    return f"{name}:{_beside(name, names, first)}"


def _beside(name: str, names: list[str], first: int) -> str:
    if st.session_state.get(choice_key(name)) not in names:  # of a run with other labels
        st.session_state[choice_key(name)] = names[first]
    chosen = st.selectbox(
        COLOURINGS[name].title.capitalize(),
        names,
        format_func=plain,
        key=choice_key(name),
        persist_state=KEEP,
        label_visibility="collapsed",
        width=200,
    )
    return str(chosen)


def choice_key(name: str) -> str:
    """Session key of what is chosen beside a colouring."""
    return state.LABEL if name == "label" else f"{state.COLOUR}.{name}"


def colour_in_words() -> str:
    """The choice in this session, as one text; empty: the first colouring."""
    name = str(state.get(state.COLOUR, FIRST))
    if name == FIRST or name not in COLOURINGS:
        return ""
    chosen = state.get(choice_key(name), "") if COLOURINGS[name].choices else ""
    return f"{name}:{chosen}" if chosen else name


def take_colour(text: str) -> None:
    """Make a choice by its text; an empty one is the first colouring.

    Raises:
        InputError: There is no such colouring, or the run has nothing of that name; the colouring is taken.
    """
    name, _, chosen = text.partition(":")
    name = name or FIRST
    if name not in COLOURINGS:
        raise InputError(
            f"there is no colouring “{shortened(name, MAX_NAME_SHOWN)}”: there are {', '.join(COLOURINGS)}"
        )
    st.session_state[state.COLOUR] = name
    choices, run = COLOURINGS[name].choices, current_run()
    watched = loaders.watched_items(run) if run is not None else None
    if choices is None or not chosen or watched is None:
        return
    if chosen not in choices(watched)[0]:
        raise InputError(f"the run has no “{shortened(chosen, MAX_NAME_SHOWN)}” to colour its items by")
    st.session_state[choice_key(name)] = chosen
