"""The list of runs, and their names, notes and deletion."""

import os

import streamlit as st

from dashboard import loaders
from dashboard.access import may_act, require_teacher, shown
from dashboard.figures.formatting import duration, escaped, moment, shortened
from dashboard.parts.frame.current import choose_run, current_run
from dashboard.parts.frame.table import inert_table
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

ERROR = "runs.error"
DAMAGED = "damaged"
COLUMNS = ("name", "state", "step", "trained", "started", "note")


def show_runs() -> None:
    """A table of the runs, and the actions for the current one."""
    runs = loaders.store().runs()
    if not runs:
        started = "Press Start: the first points move within 20 seconds." if may_act() else "The teacher starts one."
        st.info(f"There are no runs yet. {started}")
        return
    rows = []
    for run in runs:
        status, damage = run.status(), run.damage()
        if damage is not None:
            words = shortened(damage.replace(f"{run.path}{os.sep}", ""))
            rows.append({**dict.fromkeys(COLUMNS, ""), "name": run.name, "state": DAMAGED, "note": shown(words)})
            continue
        queue = (
            f"queued behind {status.waiting_for}" if status.state == "queued" and status.waiting_for else status.state
        )
        rows.append(
            {
                "name": run.name,
                "state": queue,
                "step": f"{status.step:,} / {status.total:,}",
                "trained": duration(status.seconds),
                "started": moment(run.created),
                "note": shown(run.problem() or "") or run.note,
            }
        )
    chosen = inert_table(
        rows,
        hide_index=True,
        key="runs.table",
        on_select="rerun",
        selection_mode="single-row",
        height=min(36 * len(rows) + 38, 240),
    )
    selected = chosen.selection.rows
    current = current_run()
    if selected and selected[0] < len(runs) and (current is None or runs[selected[0]].id != current.id):
        st.button(
            f"Show {escaped(runs[selected[0]].name)}",
            on_click=choose_run,
            args=(runs[selected[0]],),
            key="runs.show",
            type="primary",
        )
    if current is not None and may_act():
        _edit(current)


def _edit(run: Run) -> None:
    st.text_input("Name", value=run.name, key=f"runs.name.{run.id}", max_chars=100, on_change=_rename, args=(run,))
    st.text_area(
        "Note",
        value=run.note,
        key=f"runs.note.{run.id}",
        height=80,
        on_change=_note,
        args=(run,),
        placeholder="What this run is for, what you saw",
    )
    alive = run.status().alive
    with st.popover(
        "Delete this run", icon=":material/delete:", disabled=alive, help="Stop it first." if alive else None
    ):
        st.markdown(f"Delete **{escaped(run.name)}** with all its frames, maps and checkpoints? This cannot be undone.")
        st.button("Delete for good", type="primary", on_click=_delete, args=(run,), key=f"runs.delete.{run.id}")
    error = st.session_state.pop(ERROR, None)
    if error:
        st.error(escaped(shown(error)), icon=":material/error:")


def _rename(run: Run) -> None:
    try:
        require_teacher()
        loaders.store().rename(run, st.session_state[f"runs.name.{run.id}"])
    except (InputError, OSError) as error:
        st.session_state[ERROR] = str(error)
        st.session_state.pop(f"runs.name.{run.id}", None)


def _note(run: Run) -> None:
    try:
        require_teacher()
        loaders.store().note(run, st.session_state[f"runs.note.{run.id}"])
    except (InputError, OSError) as error:
        st.session_state[ERROR] = str(error)


def _delete(run: Run) -> None:
    try:
        require_teacher()
        loaders.store().delete(run)
        choose_run(None)
    except (InputError, OSError) as error:
        st.session_state[ERROR] = str(error)
