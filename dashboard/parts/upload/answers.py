"""The answers about a file, to keep: as ``FILE.schema.json``, or as a line for a terminal."""

import shlex
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.access import in_class, require_teacher
from dashboard.figures.formatting import escaped
from dashboard.parts.frame.download import offer_download
from dashboard.parts.upload.hand import PendingUpload
from dashboard.parts.upload.reading import in_hand, options_as_known
from dashboard.parts.upload.told import Told, change_options, saved_beside
from mlcl_core.engine.presets import OWN_PRESETS
from mlcl_core.errors import InputError
from mlcl_core.options import Option


def show_answers(pending: PendingUpload, kind: str, schema: Any, params: Mapping[str, Option], told: Told) -> None:
    """Draw the ways to keep what was told: a file beside the data, and the command lines that say the same."""
    from mlcl_core.data.tables.saved import answers_path, answers_text

    options = options_as_known(told.in_force(params))
    beside = answers_path(pending.path.with_name(pending.name)).name
    with st.expander("The same without a browser, and next time", icon=":material/terminal:"):
        st.code("\n".join(command_lines(pending, kind, options_as_known(told.changed(params)))), language="bash")
        st.caption(f"{escaped(beside)}, saved in the folder of the file, holds the answers: it is read by them then.")
        with st.container(horizontal=True, gap="small"):
            offer_download(
                "Save these answers",
                lambda: answers_text(options, schema),
                file_name=beside,
                mime="application/json",
                key="upload.answers",
            )
            if not pending.copied:
                st.button(
                    "Save them beside the file",
                    icon=":material/save_as:",
                    key="upload.save_beside",
                    on_click=_save_beside,
                )
        if place := st.session_state.pop(state.UPLOAD_BESIDE, None):
            (st.success if place[0] else st.error)(escaped(place[1]))


def ask_answers(told: Told) -> None:
    """A field for answers that were saved earlier, for a file that was dropped without the folder around it."""
    if in_class():
        return
    key = f"upload.earlier.{told.token}"
    st.file_uploader(
        "Answers saved earlier", type=["json"], key=key, on_change=_take_answers, args=(key,), help="FILE.schema.json"
    )
    if error := st.session_state.pop(state.UPLOAD_ERROR, None):
        st.error(escaped(error), icon=":material/error:")


def _take_answers(key: str) -> None:
    """Callback: answers were dropped."""
    from mlcl_core.data.tables.saved import MAX_BYTES, answers_in

    try:
        require_teacher()
        if (dropped := st.session_state[key]) is not None:
            change_options(answers_in(dropped.read(MAX_BYTES), dropped.name))
    except InputError as error:
        st.session_state[state.UPLOAD_ERROR] = str(error)


def command_lines(pending: PendingUpload, kind: str, options: Mapping[str, Any]) -> list[str]:
    """The lines that describe the file and train on it, with the options that are not saved beside it."""
    from mlcl_core.data.tables.question import Choice

    told = Choice("", {name: _as_said(value) for name, value in options.items()})
    file = shlex.quote(str(pending.path) if not pending.copied else pending.name)
    lines = [f"mlcl data {file} {told.as_set()}"]
    if kind in OWN_PRESETS:
        path = shlex.quote(f"data.path={pending.path if not pending.copied else pending.name}")
        lines.append(f"mlcl train {OWN_PRESETS[kind]} --set {path} {told.as_set('data.params.')}")
    return [line.rstrip() for line in lines]


def _as_said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _save_beside() -> None:
    from mlcl_core.data.tables.saved import save_answers

    try:
        require_teacher()
        pending, parsed = in_hand()
        if pending.copied or parsed.options is None:
            return
        place = save_answers(pending.path, parsed.options, parsed.vectors.schema)
        saved_beside(parsed.options)
        st.session_state[state.UPLOAD_BESIDE] = (True, f"{place} is saved; the file is read by it from now on.")
    except InputError as error:
        st.session_state[state.UPLOAD_BESIDE] = (False, str(error))
    except OSError as error:
        st.session_state[state.UPLOAD_BESIDE] = (False, f"{error}: download the answers instead")
