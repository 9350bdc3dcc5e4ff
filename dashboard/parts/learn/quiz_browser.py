"""What a browser keeps of the quiz: its random id, the name that was given last, and the quizzes with their answers.

So a reload loses no answer, and the quiz after the lessons has the forms that belong to those before. What a browser
sends is checked; a right answer is never in it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.components.keep import keep, kept
from dashboard.quiz.attempt import checked_pseudonym, is_token
from dashboard.quiz.question import SEEDS, TIMES
from dashboard.quiz.questions import QUESTIONS
from mlcl_core.errors import InputError

KEPT = "quiz"
MAX_CHOICE = 10  # a place among the options, or "I do not know"


@dataclass(frozen=True)
class KeptQuiz:
    """One quiz: its id, the seed of its forms, the question in view, and the chosen options."""

    id: str
    seed: int
    place: int
    chosen: tuple[int | None, ...]


@dataclass(frozen=True)
class Own:
    """What this browser keeps; empty where it keeps nothing."""

    id: str = ""
    pseudonym: str = ""
    quizzes: Mapping[str, KeptQuiz] = field(default_factory=dict)


def meet() -> None:
    """Read what this browser keeps; once in each run of the page."""
    found = kept(KEPT)
    if found is not None:
        st.session_state[state.QUIZ_OWN] = found


def own() -> Own:
    """What this browser keeps, as far as it is valid."""
    found = st.session_state.get(state.QUIZ_OWN)
    found = found if isinstance(found, dict) else {}
    pseudonym, quizzes = "", found.get("quizzes")
    if isinstance(found.get("pseudonym"), str):
        with suppress(InputError):
            pseudonym = checked_pseudonym(found["pseudonym"])
    quizzes = quizzes if isinstance(quizzes, dict) else {}
    read = {when: quiz for when in TIMES if (quiz := _quiz(quizzes.get(when))) is not None}
    return Own(found["id"] if is_token(found.get("id")) else "", pseudonym, read)


def remember(browser: str, pseudonym: str, quizzes: Mapping[str, KeptQuiz]) -> None:
    """Keep an id, a name and quizzes in this browser."""
    value = {
        "id": browser,
        "pseudonym": pseudonym,
        "quizzes": {when: [one.id, one.seed, one.place, list(one.chosen)] for when, one in quizzes.items()},
    }
    st.session_state[state.QUIZ_OWN] = value
    keep(KEPT, value)


def _quiz(value: Any) -> KeptQuiz | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    id, seed, place, chosen = value
    if not (is_token(id) and _is_below(seed, SEEDS) and _is_below(place, len(QUESTIONS) + 1)):
        return None
    if not isinstance(chosen, list) or len(chosen) != len(QUESTIONS):
        return None
    if not all(one is None or _is_below(one, MAX_CHOICE) for one in chosen):
        return None
    return KeptQuiz(id, seed, place, tuple(chosen))


def _is_below(value: Any, end: int) -> bool:
    return type(value) is int and 0 <= value < end
