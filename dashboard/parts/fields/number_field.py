"""A field for a number; its + and - buttons go to the next useful value."""

from itertools import pairwise
from typing import Any, Final

import streamlit as st

from dashboard import state
from dashboard.components.rungs import rungs
from dashboard.figures.useful_values import useful_values
from mlcl_core.options import Option

KEEP: Final = "session"
STEP = 0.1  # of a number without bounds
FINEST = 1e-7  # distance of the lowest value from a bound that is not allowed itself


def number_field(title: str, option: Option, *, key: str) -> Any:
    """One number within the bounds of an option.

    :func:`use_rungs`, called once after the fields of a form, makes the buttons use the option's useful values.
    """
    integer = option.is_whole
    kind: Any = int if integer else float
    low, high = bounds(option)
    steps = useful_values(low, high, integer=integer, declared=option.useful)
    held = st.session_state.setdefault(state.RUNGS, {})
    held[key] = steps
    step: Any = 1 if integer else STEP
    if steps and not integer:
        # the step of the plain buttons is so small that neither is disabled between the bounds
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
    """Make the fields drawn so far step through their useful values."""
    held = {field: steps for field, steps in st.session_state.get(state.RUNGS, {}).items() if steps}
    rungs(held, key=f"rungs.{key}")
