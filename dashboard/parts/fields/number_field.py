"""A number to type, whose + and - go to the next useful value; one for the configuration and for rules' options."""

from itertools import pairwise
from typing import Any, Final

import streamlit as st

from dashboard import state
from dashboard.components.rungs import rungs
from dashboard.figures.useful_values import useful_values
from mlcl_core.options import Option

KEEP: Final = "session"
STEP = 0.1  # where nothing better is known
FINEST = 1e-7  # the button - is there for all values above this


def number_field(title: str, option: Option, *, key: str) -> Any:
    """One number, as an option of numbers allows it.

    :func:`use_rungs`, once behind all fields of a part of the page, makes the buttons use the option's useful values.
    """
    integer = option.is_whole
    kind: Any = int if integer else float
    low, high = bounds(option)
    steps = useful_values(low, high, integer=integer, declared=option.useful)
    held = st.session_state.setdefault(state.RUNGS, {})
    held[key] = steps
    step: Any = 1 if integer else STEP
    if steps and not integer:
        # what the buttons would do by themselves: so little that neither is disabled between the bounds
        step = max(min(b - a for a, b in pairwise(steps)) / 2, FINEST)
    return st.number_input(
        title,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        value=kind(option.default),
        step=step,
        format=None if integer else "%.6g",
        help=option.help,
        key=key,
        persist_state=KEEP,
    )


def bounds(option: Option) -> tuple[Any, Any]:
    """The smallest and the largest number that a field may hold; None: there is no bound."""
    low, high = option.minimum, option.maximum
    return (
        low if low is None or not option.open_below else low + FINEST,
        high if high is None or not option.open_above else high - FINEST,
    )


def use_rungs(key: str) -> None:
    """Let the fields drawn so far step through their useful values."""
    held = {field: steps for field, steps in st.session_state.get(state.RUNGS, {}).items() if steps}
    rungs(held, key=f"rungs.{key}")
