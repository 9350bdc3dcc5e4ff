"""All cells of a study, and the way from each to its run: on the map, or beside another one."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state
from dashboard.access import shown
from dashboard.figures.formatting import plain
from dashboard.figures.study_cells import FAILED, cells_table, fitting
from dashboard.page_files import page_file
from dashboard.parts.fields.number_field import KEEP
from dashboard.parts.frame.current import choose_run
from dashboard.parts.frame.live import in_one_line
from dashboard.parts.frame.table import inert_table
from dashboard.parts.study.asked import Asked
from mlcl_core.runs.run import Run
from mlcl_core.studies.folder import StudyFolder

TABLE, ALL = "study.cells.table", "all"
HEIGHT = 420
HINT = "Tick a cell to open its run, two of them to compare their spaces."


def show_cells(asked: Asked) -> None:
    """Draw the filters, the table and what can be done with the ticked cells."""
    folder, metrics, titles = asked.folder, asked.metrics, asked.titles
    rows = loaders.results_table(folder)
    some = _filtered(folder, rows)
    buttons = st.container(horizontal=True, vertical_alignment="center", gap="small", key="study-cells-actions")
    table = cells_table(some, list(asked.axes.others), metrics, titles)
    table["error"] = [shown(text) for text in table["error"]]
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    picked = inert_table(
        table,
        hide_index=True,
        key=f"{TABLE}.{folder.name}.{len(some)}",
        on_select="rerun",
        selection_mode="multi-row",
        height=min(HEIGHT, 36 * len(table) + 40),
        column_config={
            "method": text(width=200),
            "error": text(width=240),
            "seed": number(format="%d", width=64),
            "seconds": number(format="%.1f", width=80, help="Training and evaluation together."),
            **{titles[name]: number(format="%.3f", width=96) for name in metrics},
        },
        alt=f"{len(table):,} cells with their metrics, states and runs.",
    )
    lines = [line for line in picked.selection.rows if line < len(some)]
    with buttons:
        _show_actions([some.iloc[line] for line in lines])
        st.caption(_count_words(len(some), len(rows)) if lines else f"{_count_words(len(some), len(rows))}. {HINT}")
    for line in lines[:2]:
        cell = some.iloc[line]
        if cell["state"] == FAILED:
            st.error(in_one_line(f"{cell['cell']}: {cell['error']}"), icon=":material/error:")


def _filtered(folder: StudyFolder, rows: pd.DataFrame) -> pd.DataFrame:
    failed = int((rows["state"] == FAILED).sum())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        data, method = (_choice(folder, rows, name) for name in ("data", "method"))
        only = bool(failed) and st.toggle(f"{failed:,} failed", key=state.STUDY_CELLS, persist_state=KEEP)
    return fitting(rows, data=data, method=method, failed=only)


def _choice(folder: StudyFolder, rows: pd.DataFrame, name: str) -> str | None:
    names = list(dict.fromkeys(map(str, rows[name])))
    chosen = st.selectbox(
        name,
        [ALL, *names],
        format_func=lambda one: f"{name}: {plain(one)}",
        key=f"study.cells.{folder.name}.{name}",
        label_visibility="collapsed",
        width=220,
    )
    return chosen if chosen in names else None


def _show_actions(cells: Sequence[Any]) -> None:
    runs = [_run_of(cell) for cell in cells]
    kept = [run for run in runs if run is not None]
    why = "The Map page shows its space." if kept or not cells else "Its run was not kept."
    if st.button("Open its run", icon=":material/scatter_plot:", key="study.open", disabled=len(kept) != 1, help=why):
        choose_run(kept[0])
        st.switch_page(page_file("map"))
    if st.button(
        "Compare",
        icon=":material/compare_arrows:",
        key="study.compare",
        disabled=len(kept) != 2,
        help="Two cells: their spaces beside each other.",
    ):
        choose_run(kept[0])
        st.session_state[state.COMPARE_WITH] = kept[1].id
        st.session_state[state.COMPARE_WITH_STEP] = None
        st.session_state[state.COMPARE_RULE] = None
        st.switch_page(page_file("compare"))


def _run_of(cell: Any) -> Run | None:
    name = str(cell.get("run") or "")
    return next((run for run in loaders.runs(studies=True) if run.id == name), None) if name else None


def _count_words(some: int, rows: int) -> str:
    return f"{rows:,} cells" if some == rows else f"{some:,} of {rows:,} cells"
