"""The Data page shows the data of the run in view until another data set is chosen there."""

from collections.abc import Collection
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.figures.formatting import escaped
from dashboard.parts.frame.current import current_run
from mlcl_core.engine.config import OWN_FILE
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run


def follow_run(options: Collection[str], own: str) -> None:
    """Choose the data of the run in view, unless another choice was made.

    Args:
        options: What can be chosen.
        own: The choice that stands for a file by its path.
    """
    session = st.session_state
    wanted = _data_of(current_run(), own)
    if wanted is None or wanted[0] not in options:
        return
    if session.get(state.DATA_SOURCE) in (None, session.get(state.DATA_FOLLOWED)):
        _take(wanted)


def show_followed(own: str) -> None:
    """Say whose data this is; beside another choice, offer to go back to the run's."""
    run = current_run()
    wanted = _data_of(run, own)
    if run is None or wanted is None:
        return
    session = st.session_state
    same = session.get(state.DATA_SOURCE) == wanted[0] and (not wanted[1] or session.get(state.DATA_PATH) == wanted[1])
    if same:
        st.caption(f"The data of the run **{escaped(run.name)}**. Another choice stays until a run's data are chosen.")
    else:
        st.button(
            f"Back to the data of the run {escaped(run.name)}",
            icon=":material/undo:",
            type="tertiary",
            key="data.follow",
            on_click=_take,
            args=(wanted,),
        )


def _data_of(run: Run | None, own: str) -> tuple[str, str, dict[str, Any]] | None:
    """The choice for a run's data, with the path of its file and how it was read; None where it cannot be read."""
    if run is None:
        return None
    try:
        data = run.config().data
    except InputError:
        return None
    if data.name in OWN_FILE or data.path is not None:
        return own, str(data.path or ""), dict(data.params)
    return data.name, "", {}


def _take(wanted: tuple[str, str, dict[str, Any]]) -> None:
    name, path, params = wanted
    session = st.session_state
    session[state.DATA_SOURCE] = session[state.DATA_FOLLOWED] = name
    if path:
        session[state.DATA_PATH] = path
        told: Any = state.get(state.DATA_TOLD, {})
        session[state.DATA_TOLD] = {path: params, **told}
