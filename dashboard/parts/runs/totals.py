"""The line under the table, and what stands there without a run."""

from collections.abc import Sequence

import streamlit as st

from dashboard import state
from dashboard.loaders import Extras
from dashboard.parts.runs.table import ROWS
from mlcl_core.runs.disk import all_together
from mlcl_core.runs.listing import RunRow


def show_totals(fitting: Sequence[RunRow], rows: Sequence[RunRow], pages: int, extras: Extras) -> None:
    """How many runs fit, the disk space of all, and the number of the page."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        some = (
            f"{len(fitting):,} of {len(rows):,} runs"
            if len(fitting) < len(rows)
            else f"{len(rows):,} run{'s' * (len(rows) != 1)}"
        )
        size = all_together(extras.uses.values()) / 1e6
        known = "" if len(extras.uses) == len(rows) else f" so far ({len(extras.uses):,} runs counted)"
        alive = sum(row.status.alive for row in rows)
        running = f" · {alive:,} not ended" if alive else ""
        st.caption(f"{some}{running} · {size:,.1f} MB on the disk{known}", width="stretch")
        if pages > 1:
            st.number_input(
                f"Page of {pages:,}, {ROWS} runs each",
                min_value=1,
                max_value=pages,
                key=state.RUNS_PAGE,
                width=190,
            )
