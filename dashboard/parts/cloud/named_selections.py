"""Selections kept in the run under a name: save, choose, delete; a link names one that is too large to be listed."""

import numpy as np
import streamlit as st

from dashboard import links, loaders, selection, state
from dashboard.access import may_act, read_only, require_teacher, shown
from dashboard.figures.formatting import escaped, plain
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run
from mlcl_core.runs.selections import MAX_NAME, delete_selection, save_selection, selection_names

NOT_IN_LINK = "Too many for a link: save them under a name, which the link then holds."


def show_named_selections(run: Run, ids: np.ndarray | None) -> None:
    """Draw the kept selections, and the field that keeps the present one; say when a link does not hold that."""
    names = selection_names(run)
    _show_problem()
    if ids is not None:
        if len(ids) > links.MAX_ITEMS and not loaders.selection_name(run, ids):
            st.caption(NOT_IN_LINK)
        _show_saving(run, ids)
    if names:
        _show_choice(run, names)


def _show_problem() -> None:
    problem = st.session_state.pop(state.SELECTION_PROBLEM, "")
    if problem:
        st.error(escaped(shown(problem)), icon=":material/error:")


def _show_saving(run: Run, ids: np.ndarray) -> None:
    if not may_act():
        st.caption(f":material/visibility: {read_only()}")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Save it as", key="selection.name", max_chars=MAX_NAME)
        st.button("Save", on_click=_save, args=(run, ids), key="selection.save")


def _show_choice(run: Run, names: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("Saved selections", names, format_func=plain, key="selection.choice")
        st.button("Select", on_click=_choose, args=(run,), key="selection.choose")
        if may_act():
            st.button("Delete", icon=":material/delete:", on_click=_delete, args=(run,), key="selection.delete")


def _save(run: Run, ids: np.ndarray) -> None:
    require_teacher()
    try:
        st.session_state["selection.choice"] = save_selection(run, str(st.session_state["selection.name"]), ids)
    except InputError as error:
        st.session_state[state.SELECTION_PROBLEM] = str(error)


def _choose(run: Run) -> None:
    name = str(st.session_state["selection.choice"])
    try:
        selection.select(loaders.named_selection(run, name), "replace", name)
    except InputError as error:
        st.session_state[state.SELECTION_PROBLEM] = str(error)


def _delete(run: Run) -> None:
    require_teacher()
    try:
        delete_selection(run, str(st.session_state["selection.choice"]))
    except InputError as error:
        st.session_state[state.SELECTION_PROBLEM] = str(error)
