import streamlit as st

from dashboard import loaders, state
from dashboard.figures.run_table import as_tree, ordered
from dashboard.loaders.run_list import SECONDS
from dashboard.parts.frame.empty import show_no_run
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import live
from dashboard.parts.runs.actions import show_actions
from dashboard.parts.runs.choice import choose_order, choose_studies, choose_wanted, wants_studies
from dashboard.parts.runs.details import show_details
from dashboard.parts.runs.redraw import every, keep_up
from dashboard.parts.runs.table import ROWS, chosen_rows, page_of, show_table
from dashboard.parts.runs.totals import show_totals
from mlcl_core.maps import FIRST_MAP


def _runs() -> None:
    studies = wants_studies()
    rows = loaders.run_rows(studies=studies)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        heading("What was trained, and what came of it?")
        order = choose_order()
        choose_studies()
    if not rows:
        show_no_run("runs")
        keep_up(rows, complete=True)
        return
    wanted = choose_wanted(rows)
    fitting = [row for row in rows if wanted.fits(row)]
    runs, map_name = [row.run for row in rows], str(state.get(state.MAP, FIRST_MAP))
    sizes = loaders.extras((), runs, map_name, order.curve, SECONDS if order.by == "disk" else 0.0)
    placed = ordered(fitting, order.by, falling=order.falling, extras=sizes.of)
    lines = as_tree(placed) if order.tree else [(row, "") for row in placed]
    page, pages = page_of(fitting)
    in_sight = lines[page * ROWS : (page + 1) * ROWS]
    shown = [row for row, _ in in_sight]
    extras = loaders.extras([row.run for row in shown], runs, map_name, order.curve)
    chosen = chosen_rows(shown, rows)
    show_actions(chosen, shown)
    show_table(shown, extras.of, order.columns, [before for _, before in in_sight] if order.tree else None)
    show_totals(fitting, rows, pages, extras)
    show_details(chosen, rows, extras)
    keep_up(rows, complete=extras.complete)


st.session_state[state.FRAGMENTS] = (state.LIVE,)
live(_runs, every=every(), key=state.LIVE)
