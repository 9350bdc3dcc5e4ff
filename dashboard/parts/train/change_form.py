"""Settings of a run that trains; a change holds from the step or the epoch that the worker acknowledges."""

from typing import Any

import streamlit as st

from dashboard import loaders
from dashboard.access import require_teacher, shown
from dashboard.figures.formatting import escaped
from dashboard.parts.train.change_fields import change_fields, set_fields
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.live_settings import LIVE_SETTINGS, changed_values, described
from mlcl_core.errors import InputError
from mlcl_core.runs import control
from mlcl_core.runs.in_force import change_words
from mlcl_core.runs.run import Run


def show_change(run: Run) -> None:
    """The settings of a run that trains, what was changed elsewhere meanwhile, and a button that asks for a change.

    Fields are filled once: what is changed elsewhere is said, and neither replaces what is entered here nor is undone
    by the next request, which holds what was entered.
    """
    key = f"change.{run.id}"
    coming, asked = loaders.config_at(run, None), st.session_state.get(f"{key}.asked")
    answer = _answer(run, asked)
    filled: TrainConfig = st.session_state.setdefault(f"{key}.filled", coming)
    if answer is not None and "result" not in answer and st.session_state.get(f"{key}.answered") != asked:
        # the fields show what was entered, which is in force now
        filled = st.session_state[f"{key}.filled"] = filled.with_settings(answer["settings"])
        st.session_state[f"{key}.answered"] = asked
    _show_waiting(run, coming)
    _show_elsewhere(changed_values(coming, filled), coming, key)
    choices, form = st.container(), st.form(f"{key}.form", border=False)
    with choices:
        changed = change_fields(filled, key, within=form, refused=str((answer or {}).get("result", "")))
    with form:
        pressed = st.form_submit_button("Apply", icon=":material/tune:")
    if pressed:
        _ask(run, changed, key)
    elif answer is not None and "result" not in answer:
        st.success(escaped(f"Taken over: {change_words(answer)}. {answer.get('notice', '')}".strip()))
    elif asked and answer is None:
        st.success("Requested. The run takes it over between two steps.")


def _show_waiting(run: Run, coming: TrainConfig) -> None:
    """What is acknowledged and waits for the next epoch."""
    changed = changed_values(coming, loaders.config_at(run, run.status().step))
    waits = {path: value for path, value in changed.items() if LIVE_SETTINGS[path].when == "epoch"}
    words = "A change is marked ★ on the timeline."
    st.caption(escaped(f"Waits for the next epoch: {described(waits)}. {words}") if waits else words)


def _show_elsewhere(others: dict[str, Any], coming: TrainConfig, key: str) -> None:
    """What was changed elsewhere since the fields were filled, and a button that fills them again."""
    if not others:
        return
    words = f"Changed elsewhere meanwhile: {described(others)}. The fields show what stood before."
    st.info(f"{escaped(words)} What is entered here stays.", icon=":material/group:")
    st.button("Fill the fields again", key=f"{key}.fill", on_click=_fill, args=(coming, key), icon=":material/refresh:")


def _fill(coming: TrainConfig, key: str) -> None:
    set_fields(coming, key)
    st.session_state[f"{key}.filled"] = coming


def _ask(run: Run, changed: dict[str, Any], key: str) -> None:
    """Request a change of a worker, and say so."""
    if not changed:
        st.info("Nothing was changed.")
        return
    try:
        require_teacher()
        st.session_state[f"{key}.asked"] = control.request(run, "set", settings=changed)
        st.success("Requested. The run takes it over between two steps.")
    except (InputError, OSError) as error:
        st.error(escaped(shown(str(error))), icon=":material/error:")


def _answer(run: Run, asked: str | None) -> dict[str, Any] | None:
    """The acknowledgement of the last request of this session; None while there is none."""
    if asked is None:
        return None
    return next((event for event in reversed(loaders.events(run)) if event.get("request") == asked), None)


__all__ = ["show_change"]
