"""What a browser keeps of the quiz: its random id, the seed of its forms, the name that was given last."""

from contextlib import suppress
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.components.keep import keep, kept
from dashboard.quiz.attempt import checked_pseudonym, is_token
from dashboard.quiz.question import SEEDS
from mlcl_core.errors import InputError

KEPT = "quiz"


def meet() -> None:
    """Read what this browser keeps; once in each run of the page."""
    found = kept(KEPT)
    if found is not None:
        st.session_state[state.QUIZ_OWN] = found


def own() -> dict[str, Any]:
    """What this browser keeps, as far as it is valid: ``id``, ``seed``, ``pseudonym``."""
    found = st.session_state.get(state.QUIZ_OWN)
    if not isinstance(found, dict):
        return {}
    seed, pseudonym = found.get("seed"), found.get("pseudonym")
    valid: dict[str, Any] = {}
    if is_token(found.get("id")):
        valid["id"] = found["id"]
    if type(seed) is int and 0 <= seed < SEEDS:
        valid["seed"] = seed
    if isinstance(pseudonym, str):
        with suppress(InputError):
            valid["pseudonym"] = checked_pseudonym(pseudonym)
    return valid


def remember(browser: str, seed: int, pseudonym: str) -> None:
    """Keep an id, a seed and a name in this browser."""
    value = {"id": browser, "seed": seed, "pseudonym": pseudonym}
    st.session_state[state.QUIZ_OWN] = value
    keep(KEPT, value)
