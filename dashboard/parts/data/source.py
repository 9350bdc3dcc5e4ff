"""The choice of data on the Data page, and its sizes in one line."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.access import may_act, require_teacher, shown
from dashboard.figures.formatting import escaped, moment, plain
from dashboard.page_files import page_file
from dashboard.parts.data.follow import follow_run
from dashboard.parts.data.reading import columns_in_words, show_said
from dashboard.parts.upload.questions import show_questions
from dashboard.parts.upload.told import typed
from dashboard.parts.upload.upload import counted, open_upload, train_on, upload_dialog
from mlcl_core.errors import InputError

OWN = "a file of your own"  # not a valid name of an upload


def choose_source() -> str | None:
    """Name of a data set or of an upload, or path of a file; None where no path is given yet."""
    from mlcl_core.data import DATASETS
    from mlcl_core.data.uploads import uploads

    own = {one.name: one for one in uploads()}
    options = [*DATASETS, *own, *([OWN] if may_act() else [])]
    # the dialog is a fragment and cannot change widgets outside of it
    if (wanted := st.session_state.pop(state.DATA_NEXT, None)) in options:
        st.session_state[state.DATA_SOURCE] = wanted
    if st.session_state.get(state.DATA_SOURCE) not in (None, *options):
        del st.session_state[state.DATA_SOURCE]  # deleted meanwhile
    follow_run(options, OWN)
    titles = {key: record.title for key, record in DATASETS.items()} | {OWN: "A file of your own, by its path"}
    left, middle, right = st.columns([1.2, 2, 0.8], gap="small", vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            "Data",
            options,
            format_func=lambda name: titles.get(name, f"{plain(name)} (yours)"),
            key=state.DATA_SOURCE,
            persist_state="session",
        )
    with right:
        if may_act():
            _offer_upload()
    with middle:
        if name == OWN:
            return _path()
        if name in DATASETS:
            st.caption(f"{DATASETS[name].summary}  \n{DATASETS[name].source}. {DATASETS[name].licence}.")
        else:
            _show_upload(own[str(name)])
    return str(name)


def _offer_upload() -> None:
    """The button that opens the dialog, which another page may have asked for."""
    asked = st.session_state.pop(state.UPLOAD_ASKED, False)
    if asked:
        open_upload()
    pressed = st.button(
        "Bring your own data",
        icon=":material/upload_file:",
        key="data.upload",
        on_click=open_upload,
        width="stretch",
    )
    if pressed or asked:
        upload_dialog()


def _path() -> str | None:
    from mlcl_core.data import READERS

    endings = ", ".join(ending for reader in READERS.values() for ending in reader.suffixes)
    path = st.text_input(
        "Path of the file",
        key=state.DATA_PATH,
        persist_state="session",
        placeholder="/path/to/features.csv",
        help=f"Items with label sets: {endings}.",
    )
    return path.strip() or None


def told_about(source: str) -> dict[str, Any]:
    """What this session told about a file."""
    told: Any = state.get(state.DATA_TOLD, {})
    return dict(told.get(source, {}))


def show_refused(source: str, error: InputError) -> None:
    """Draw why data cannot be read: the questions about a file, with a button for each reading, or the error."""
    questions = getattr(error, "questions", ())
    if questions and may_act():
        show_questions(questions, partial(_answer, source), key="data.ask")
    else:
        st.error(escaped(shown(str(error))), icon=":material/error:")
    _offer_change(source)


def show_reading(source: str, data: Any) -> None:
    """How a file was read: its columns in a line, what was taken without a question, and the rows left out."""
    if not may_act() or (data.schema is None and not data.said):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if data.schema is not None:
            st.caption(columns_in_words(data.schema["columns"], data.kind))
        if data.said or data.left_out:
            left = f", {len(data.left_out):,} left out" if data.left_out else ""
            with st.popover(f"How it was read: {len(data.said):,} notes{left}", type="tertiary"):
                show_said(data.said, data.left_out, folded=False)
        _offer_change(source)


def _offer_change(source: str) -> None:
    """For a file by its path: what its columns mean is changed in the dialog."""
    if st.session_state.get(state.DATA_SOURCE) != OWN or not may_act():
        return
    if st.button(
        "Change what columns mean",
        type="tertiary",
        icon=":material/edit:",
        key="data.change",
        on_click=open_upload,
        args=(source, told_about(source)),
    ):
        upload_dialog()


def _answer(source: str, _text: str, _reading: str, options: Mapping[str, Any]) -> None:
    """Callback: answer a question about a file by its path."""
    from mlcl_core.data.files import reader_of

    told: Any = state.get(state.DATA_TOLD, {})
    params = reader_of(Path(source).expanduser()).params
    st.session_state[state.DATA_TOLD] = {**told, source: {**told_about(source), **typed(options, params)}}


def _show_upload(upload: Any) -> None:
    """The origin of an upload, and the buttons that act on it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"{counted(upload)}, from {escaped(upload.source)}, saved {moment(upload.created)}."
            if upload.created
            else "The upload of this name cannot be read."
        )
        if may_act():
            _act_on(upload)
    if error := st.session_state.pop(state.DATA_ERROR, None):
        st.error(escaped(shown(error)), icon=":material/error:")


def _act_on(upload: Any) -> None:
    """Train on it, rename it, delete it."""
    if upload.created and st.button(
        "Train on it",
        icon=":material/play_arrow:",
        key="data.train",
        on_click=train_on,
        args=(upload.name, upload.kind),
    ):
        st.switch_page(page_file("train"))
    with st.popover("Rename or delete", type="tertiary"):
        st.text_input("Name", value=upload.name, key=f"data.rename.{upload.name}", max_chars=60)
        st.button("Rename", key="data.rename", on_click=_rename, args=(upload.name,))
        st.caption(
            "A run trained on it looks for it under its present name: after renaming, that run cannot be resumed."
        )
        st.markdown(f"Delete **{escaped(upload.name)}**? The original file stays where it is.")
        st.button("Delete for good", type="primary", key="data.delete", on_click=_delete, args=(upload.name,))


def _rename(name: str) -> None:
    from mlcl_core.data.uploads import free_name, rename_upload

    try:
        require_teacher()
        new = free_name(st.session_state[f"data.rename.{name}"], but=name)
        rename_upload(name, new)
        st.session_state[state.DATA_SOURCE] = new
    except (InputError, OSError) as error:
        st.session_state[state.DATA_ERROR] = str(error)


def _delete(name: str) -> None:
    from mlcl_core.data.uploads import delete_upload

    try:
        require_teacher()
        delete_upload(name)
        st.session_state.pop(state.DATA_SOURCE, None)
    except (InputError, OSError) as error:
        st.session_state[state.DATA_ERROR] = str(error)


def show_sizes(numbers: Mapping[str, Any]) -> None:
    """Items, labels, label sets, cardinality, splits."""
    splits, without = numbers["splits"], numbers["items_without_label"]
    shown = [
        f"**{numbers['items']:,}** items",
        f"**{numbers['labels']:,}** labels",
        f"cardinality **{numbers['cardinality']:.2f}**",
        f"**{numbers['label_sets']:,}** different label sets",
        f"**{without:,}** items without a label",
        f"train **{splits['train']:,}**, validation **{splits['validation']:,}**, test **{splits['test']:,}**",
    ]
    st.markdown(" &nbsp;·&nbsp; ".join(shown), help="Cardinality: labels per item, on average.")
