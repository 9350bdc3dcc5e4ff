"""The newest runs beside the cloud, to switch between; everything else about runs is on their own page."""

import streamlit as st

from dashboard import loaders
from dashboard.access import may_act, shown
from dashboard.figures.formatting import escaped, shortened
from dashboard.figures.run_table import Extra, columns
from dashboard.page_files import page_file
from dashboard.parts.frame.current import choose_run, current_run
from dashboard.parts.frame.table import inert_table

NEWEST = 12
COLUMNS = ("name", "state", "step", "macro_f1", "note")


def show_runs() -> None:
    """A table of the newest runs; the one of a selected line can be shown."""
    rows = loaders.run_rows()
    if not rows:
        started = "Press Start: the first points move within 20 seconds." if may_act() else "The teacher starts one."
        st.info(f"There are no runs yet. {started}")
        return
    newest, known = rows[:NEWEST], columns()
    table = [{known[name].title: known[name].value(row, Extra()) for name in COLUMNS} for row in newest]
    for line in table:
        line["note"] = shown(line["note"])
    chosen = inert_table(
        table,
        hide_index=True,
        key=f"train.runs.{newest[0].run.id}",
        on_select="rerun",
        selection_mode="single-row",
        height=min(36 * len(newest) + 38, 320),
        placeholder="",
        column_config={known["macro_f1"].title: st.column_config.NumberColumn(format="%.3f")},
    )
    selected, current = chosen.selection.rows, current_run()
    if selected and selected[0] < len(newest) and (current is None or newest[selected[0]].run.id != current.id):
        row = newest[selected[0]]
        title = f"Show {escaped(shortened(row.name, 60))}"
        st.button(title, on_click=choose_run, args=(row.run,), key="train.runs.show", type="primary")
    more = f"All {len(rows):,} runs" if len(rows) > len(newest) else "The page Runs"
    st.page_link(
        page_file("runs"),
        label=f"{more}: search, compare, rename, note, tag, delete",
        icon=":material/list_alt:",
    )
