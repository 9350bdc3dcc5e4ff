"""The table of runs, a page of it at a time, and which of its rows are selected."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.access import may_act, shown
from dashboard.figures.run_table import Extra, columns, run_table
from dashboard.parts.frame.table import inert_table
from mlcl_core.runs.listing import RunRow

ROWS = 100  # a page
ROW_HEIGHT = 44


def page_of(rows: Sequence[RunRow]) -> tuple[int, int]:
    """Number of the page in sight, from 0, and of all pages."""
    pages = max(1, -(-len(rows) // ROWS))
    return min(int(state.get(state.RUNS_PAGE, 1)), pages) - 1, pages  # type: ignore[call-overload]


def table_key(ids: Sequence[str]) -> str:
    """Key of the table with these rows: a selection names rows by their place, so other rows are another table."""
    digest = blake2b("\n".join(ids).encode(), digest_size=8).hexdigest()
    return f"runs.table.{state.get(state.RUNS_CLEARED, 0)}.{digest}"


def chosen_rows(in_sight: Sequence[RunRow], rows: Sequence[RunRow]) -> list[RunRow]:
    """The selected runs: those of the table in sight in its order, then those out of sight that are still there."""
    ids = [row.run.id for row in in_sight]
    before = list(st.session_state.get(state.RUNS_CHOSEN, ()))
    told = st.session_state.get(table_key(ids))
    if told is None:
        here = [run_id for run_id in ids if run_id in before]
    else:
        here = [ids[place] for place in sorted(told["selection"]["rows"]) if place < len(ids)]
    known = {row.run.id: row for row in rows}
    chosen = [*here, *(run_id for run_id in before if run_id not in ids and run_id in known)]
    st.session_state[state.RUNS_CHOSEN] = chosen
    return [known[run_id] for run_id in chosen]


def clear_chosen() -> None:
    """Callback: select nothing."""
    st.session_state[state.RUNS_CHOSEN] = []
    st.session_state[state.RUNS_CLEARED] = int(state.get(state.RUNS_CLEARED, 0)) + 1  # type: ignore[call-overload]


def show_table(
    rows: Sequence[RunRow], extras: dict[str, Extra], wanted: Sequence[str], before: Sequence[str] | None
) -> None:
    """Draw the rows in sight."""
    ids, chosen = [row.run.id for row in rows], st.session_state.get(state.RUNS_CHOSEN, ())
    selected = [place for place, one in enumerate(ids) if one in chosen]
    # as high as its rows; frame.css bounds it by the window, so that what belongs to the selection is in sight below
    with st.container(key="runs-table", height=ROW_HEIGHT * len(rows) + 38, border=False):
        inert_table(
            readable(run_table(rows, wanted, extras, before)),
            pictures=columns()["map"].title,
            hide_index=True,
            key=table_key(ids),
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": selected, "columns": [], "cells": []}},
            row_height=ROW_HEIGHT,
            height="stretch",
            placeholder="",
            column_config=_column_config(),
            alt=f"{len(rows)} runs.",
        )


def _column_config() -> dict[str, Any]:
    number, text, known = st.column_config.NumberColumn, st.column_config.TextColumn, columns()
    score = number(format="%.3f", width=80)
    widths = {"state": 90, "data": 90, "loss": 130, "rule": 160, "note": 150, "preset": 90, "device": 130, "id": 220}
    formats = {"step": "localized", "steps": "localized", "temperature": "%g", "seed": "%d", "disk": "%.1f"}
    formats |= {"trained": "%.0f", "batch": "localized", "epochs": "localized"}
    found = {
        "map": st.column_config.ImageColumn(width=76),
        "name": text(width=166, pinned=True),
        "curve": st.column_config.LineChartColumn(width=110),
        "started": st.column_config.DatetimeColumn(width=130, format="YYYY-MM-DD HH:mm"),
        "tags": st.column_config.ListColumn(width=120),
        **{name: score for name in known if _is_score(name)},
        **{name: text(width=width) for name, width in widths.items()},
        **{name: number(format=form, width=100 if name == "temperature" else 76) for name, form in formats.items()},
    }
    return {known[name].title: config for name, config in found.items()}


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """A table as this session may read it: for a viewer without folders of the teacher's machine."""
    if may_act():
        return table
    found = table.copy(deep=False)
    for place, name in enumerate(table.columns):
        if name != columns()["map"].title and not pd.api.types.is_numeric_dtype(table.dtypes.iloc[place]):
            values = table.iloc[:, place].tolist()
            found.isetitem(place, [shown(value) if isinstance(value, str) else value for value in values])
    return found


def _is_score(name: str) -> bool:
    from mlcl_core.metrics import RUN_METRICS

    return name == "map_score" or name in RUN_METRICS.keys() - {"map"}
