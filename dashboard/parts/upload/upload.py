"""The dialog "Bring your own data": choose a file, correct the roles of its columns, check it, save it."""

from typing import Any

import streamlit as st

from dashboard import state
from dashboard.access import require_teacher
from dashboard.figures.formatting import escaped
from dashboard.parts.train.run_setup import set_up_for
from dashboard.parts.upload.columns import corrected, in_words, show_preview
from dashboard.parts.upload.file import ParsedUpload, PendingUpload, choose_upload, first_look, forget_file, read_whole
from dashboard.parts.upload.numbers import show_numbers
from mlcl_core.engine.presets import OWN_PRESETS
from mlcl_core.errors import InputError

ITEMS = {"features": "items of numbers", "text": "texts", "picture": "pictures"}


def open_upload() -> None:
    """Callback of the button that opens the dialog: forget an earlier file."""
    forget_file()
    for key in (state.UPLOAD_KEPT, state.UPLOAD_ERROR):
        st.session_state.pop(key, None)
    st.session_state[state.UPLOAD_ROUND] = int(st.session_state.get(state.UPLOAD_ROUND, 0)) + 1


@st.dialog("Bring your own data", width="large", icon=":material/upload_file:", on_dismiss=forget_file)
def upload_dialog() -> None:
    """Open the dialog."""
    show_upload()


def counted(upload: Any) -> str:
    """The size of an upload: "120 texts, 6 labels"."""
    labels = f"{upload.labels:,} label{'s'[: upload.labels != 1]}"
    return f"{upload.items:,} {ITEMS.get(upload.kind, 'items')}, {labels}"


def show_upload() -> None:
    """Draw the contents of the dialog: the saved data set, or the steps towards it."""
    from mlcl_core.data.uploads import uploads

    kept = next((one for one in uploads() if one.name == st.session_state.get(state.UPLOAD_KEPT)), None)
    if kept is not None:
        _show_kept(kept)
        return
    try:
        pending = choose_upload()
        if pending is None:
            _show_examples()
            return
        guess = corrected(first_look(pending), pending)
    except InputError as error:
        st.error(escaped(str(error)), icon=":material/error:")
        return
    st.markdown(in_words(guess))
    if guess.columns and not guess.labels:
        st.warning("No column looks like labels: choose the one that holds them above.", icon=":material/help:")
        show_preview(guess)
        return
    parsed = read_whole(pending, guess)
    if parsed.error:
        st.error(escaped(parsed.error), icon=":material/error:")
    show_preview(guess)
    if not parsed.error:
        show_numbers(parsed.numbers)
        _ask_name(pending, parsed)


def _show_examples() -> None:
    """Show two example files."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("A table of texts, one item per row:")
        st.code("id,text,labels\n1,Rain over the harbour,sea;weather\n2,A dog on the beach,sea;animal", language=None)
    with right:
        st.markdown("Or numbers, and a column of 0 and 1 for each label:")
        st.code("width,height,weight,sea,animal\n4.2,1.0,0.3,1,0\n3.9,1.5,0.1,1,1", language=None)


def _ask_name(pending: PendingUpload, parsed: ParsedUpload) -> None:
    """Ask for a name, and save the data under it."""
    from mlcl_core.data.uploads import free_name, safe_name

    key = f"upload.name.{pending.token}"
    left, right = st.columns([3, 1], gap="small", vertical_alignment="bottom")
    with left:
        name = st.text_input("Name of the data set", value=safe_name(pending.stem), key=key, max_chars=60)
    refused = st.session_state.pop(state.UPLOAD_ERROR, None)
    try:
        free_name(name)
    except InputError as error:
        refused = str(error)
    with right:
        st.button(
            "Save",
            type="primary",
            icon=":material/save:",
            key="upload.keep",
            width="stretch",
            disabled=refused is not None,
            on_click=_keep,
            args=(key, pending, parsed),
        )
    if refused:
        st.error(escaped(refused), icon=":material/error:")
    else:
        st.caption("A copy is saved in the Lab's home directory; the file itself is no longer needed.")


def _keep(key: str, pending: PendingUpload, parsed: ParsedUpload) -> None:
    from mlcl_core.data.uploads import keep_upload

    try:
        require_teacher()
        kept = keep_upload(st.session_state[key], parsed.vectors, source=pending.name)
    except (InputError, OSError) as error:
        st.session_state[state.UPLOAD_ERROR] = str(error)
        return
    st.session_state[state.UPLOAD_KEPT] = kept.name
    st.session_state[state.DATA_NEXT] = kept.name
    forget_file()


def _show_kept(upload: Any) -> None:
    """Show the saved data set, and the next steps."""
    st.success(f"**{escaped(upload.name)}** is saved: {counted(upload)}.", icon=":material/check:")
    st.markdown("It is in the list of data sets on the Data page, and in the set-up of a new run.")
    st.caption("Without a browser:")
    st.code(
        f'mlcl data "{upload.name}"\nmlcl train {OWN_PRESETS[upload.kind]} --set data.name="{upload.name}"',
        language="bash",
    )
    with st.container(horizontal=True):
        if st.button(
            "Train on it",
            type="primary",
            icon=":material/play_arrow:",
            key="upload.train",
            on_click=train_on,
            args=(upload.name, upload.kind),
        ):
            st.switch_page("../pages/train.py")
        if st.button("Look at it", icon=":material/table_rows:", key="upload.look"):
            st.switch_page("../pages/data.py")


def train_on(name: str, kind: str) -> None:
    """Fill the form of a new run for an upload, and open it on the Train page."""
    set_up_for(name, kind)
    st.session_state[state.PANEL] = "New run"
