"""How often the page of runs is drawn again: often while something is still being made, else as runs go on."""

from collections.abc import Sequence

import streamlit as st

from dashboard import state
from dashboard.access import may_act
from mlcl_core.runs.listing import RunRow

MAKING, ALIVE, STILL = 1.0, 2.0, 10.0  # seconds


def every() -> float:
    """Seconds between two redraws, for the whole page that is being drawn now."""
    timer = float(state.get(state.RUNS_EVERY, MAKING))  # type: ignore[arg-type]
    st.session_state[state.RUNS_TIMER], st.session_state[state.RUNS_WHOLE] = timer, True
    return timer


def keep_up(rows: Sequence[RunRow], *, complete: bool) -> None:
    """Draw the whole page again where an action or another timer asks for it.

    Args:
        rows: All runs.
        complete: Whether pictures, curves and sizes are all made.
    """
    seconds = MAKING if not complete else ALIVE if any(row.status.alive for row in rows) else STILL
    seconds = seconds if may_act() else 2 * seconds  # as all parts of a viewer's page
    st.session_state[state.RUNS_EVERY] = seconds
    changed = st.session_state.pop(state.RUNS_CHANGED, False)
    whole = st.session_state.pop(state.RUNS_WHOLE, False)
    if not whole and (changed or seconds != st.session_state.get(state.RUNS_TIMER)):
        st.rerun()
