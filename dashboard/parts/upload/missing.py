"""A table of labels without items: described, and what it needs to be trained on."""

from collections.abc import Mapping

import streamlit as st

from dashboard import state
from dashboard.access import require_teacher
from dashboard.figures.formatting import escaped
from dashboard.parts.upload.fields import option_field
from dashboard.parts.upload.file import copy_of
from dashboard.parts.upload.hand import PendingUpload, hand
from dashboard.parts.upload.told import Told, change_options
from mlcl_core.errors import InputError
from mlcl_core.options import Option


def show_missing(pending: PendingUpload, missing: str, params: Mapping[str, Option], told: Told) -> None:
    """Draw what is missing, and a field for the file that holds it.

    Args:
        pending: The table.
        missing: What is missing; empty: the file that holds it was given.
        params: The options of the table.
        told: What was told.
    """
    with st.container(border=True, key="upload.missing"):
        if missing:
            st.markdown(f":orange[:material/image_not_supported:] **Labels without items:** {escaped(missing)}.")
            st.caption("They are described here, and cannot be trained on before their items are given.")
        if "items" in params:
            _ask_items(pending, params["items"], told)
        where = ", or enter the path of the table where it stands beside them" if pending.copied else ""
        st.caption(f"Pictures: put the table and its pictures into one zip, and choose that{where}.")
    if error := st.session_state.pop(state.UPLOAD_ERROR, None):
        st.error(escaped(error), icon=":material/error:")


def _ask_items(pending: PendingUpload, option: Option, told: Told) -> None:
    if not pending.copied:
        option_field("items", option, told, place="missing")
        return
    key = f"upload.items.{pending.token}"
    st.file_uploader("The file of the items", key=key, on_change=_take_items, args=(key,), help=option.help)


def _take_items(key: str) -> None:
    """Callback: the file of the items was dropped beside the labels, or taken away."""
    try:
        require_teacher()
        dropped = st.session_state[key]
        copies = {} if dropped is None else {dropped.name: copy_of(dropped)}
        hand().put_beside(copies)
        change_options({"items": "".join(map(str, copies.values()))})
    except (InputError, OSError) as error:
        st.session_state[state.UPLOAD_ERROR] = str(error)
