"""A number to type, whose + and - go to the next useful value; one for the configuration and for rules' options."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import streamlit as st

from dashboard import state
from dashboard.components.rungs import rungs
from dashboard.figures.useful_values import useful_values

KEEP: Final = "session"
STEP = 0.1  # where nothing better is known
FINEST = 1e-7  # the button - is there for all values above this


def number_field(
    title: str,
    value: Any,
    *,
    key: str,
    integer: bool,
    low: int | float | None,
    high: int | float | None,
    help: str | None = None,
    declared: Sequence[int | float] = (),
) -> Any:
    """One number between ``low`` and ``high``, both allowed; ``declared``: its useful values.

    :func:`use_rungs`, once behind all fields of a part of the page, makes the buttons use them.
    """
    kind: Any = int if integer else float
    steps = useful_values(low, high, integer=integer, declared=declared)
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
        value=kind(value),
        step=step,
        format=None if integer else "%.6g",
        help=help,
        key=key,
        persist_state=KEEP,
    )


def use_rungs(key: str) -> None:
    """Let the fields drawn so far step through their useful values."""
    held = {field: steps for field, steps in st.session_state.get(state.RUNGS, {}).items() if steps}
    rungs(held, key=f"rungs.{key}")
