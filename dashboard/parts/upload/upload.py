"""The dialog "Bring your own data": choose a file, answer what is open, change what its columns mean, save it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.access import require_teacher
from dashboard.figures.formatting import escaped
from dashboard.page_files import page_file
from dashboard.parts.data.reading import columns_in_words, show_said
from dashboard.parts.train.run_setup import NEW_RUN, WHICH, ask_which, set_up_for
from dashboard.parts.upload.answers import ask_answers, show_answers
from dashboard.parts.upload.columns import show_columns, show_refusal
from dashboard.parts.upload.file import choose_upload, forget_file
from dashboard.parts.upload.hand import PendingUpload, hand
from dashboard.parts.upload.missing import show_missing
from dashboard.parts.upload.numbers import show_charts, show_splits
from dashboard.parts.upload.questions import show_questions
from dashboard.parts.upload.reading import (
    ParsedUpload,
    in_hand,
    in_one_line,
    options_as_known,
    outcome,
    params_of,
    params_shown,
    read_whole,
    seen,
)
from dashboard.parts.upload.rows import show_rows
from dashboard.parts.upload.told import Told, answer_question, ask_again, told_about, typed
from mlcl_core.engine.presets import OWN_PRESETS
from mlcl_core.errors import InputError
from mlcl_core.options import Option

ITEMS = {"features": "items of numbers", "text": "texts", "picture": "pictures"}


def open_upload(path: str = "", options: Mapping[str, Any] | None = None) -> None:
    """Callback of a button that opens the dialog: forget an earlier file.

    Args:
        path: A file to begin with; empty: none.
        options: What was told about it elsewhere.
    """
    forget_file()
    for key in (state.UPLOAD_KEPT, state.UPLOAD_ERROR, state.UPLOAD_TOLD, state.UPLOAD_CHANGE, state.UPLOAD_BESIDE):
        st.session_state.pop(key, None)
    turn = int(st.session_state.get(state.UPLOAD_ROUND, 0)) + 1
    st.session_state[state.UPLOAD_ROUND] = turn
    if path:
        st.session_state[f"upload.path.{turn}"] = path
        st.session_state[state.UPLOAD_BEGIN] = dict(options or {})


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
        told, params = told_about(pending), params_of(pending)
    except InputError as error:
        st.error(escaped(str(error)), icon=":material/error:")
        return
    found = seen(pending, told.in_force(params))
    if found.look is None:
        show_refusal(str(found.error), None, params, told)
    else:
        _show_file(pending, found.look, params, told)


def _show_file(pending: PendingUpload, look: Any, params: Mapping[str, Option], told: Told) -> None:
    """Draw what a file is taken for, what is open, and what it holds once nothing is."""
    parsed = ParsedUpload(questions=look.questions) if look.questions else read_whole(pending, told.in_force(params))
    _show_headline(pending, look, parsed)
    _show_answered(told)
    _ask(parsed.questions, pending, look, params, told)
    if parsed.error:
        show_refusal(parsed.error, look, params, told)
    _show_rows_and_notes(look, parsed)
    own = params_shown(look, params)
    roles = look.columns and "labels" in own
    if st.toggle("Change what columns mean" if roles else "Change how it is read", key=state.UPLOAD_CHANGE):
        show_columns(look, own, told)
        if pending.copied:
            ask_answers(told)
    missing = parsed.vectors.missing if parsed.vectors is not None else ""
    if missing or told.options.get("items"):
        show_missing(pending, missing, params, told)
    if parsed.numbers is None:
        return
    if not parsed.vectors.missing:
        _ask_name(pending)
    show_charts(parsed.numbers)
    show_answers(pending, parsed.numbers["kind"], parsed.vectors.schema, params, told)


def _show_headline(pending: PendingUpload, look: Any, parsed: ParsedUpload) -> None:
    """One line about the data, or what is in its way; then what its columns were taken for."""
    if parsed.numbers is not None:
        st.markdown(f"**{escaped(in_one_line(parsed.numbers))}**")
    elif parsed.questions:
        count = len(parsed.questions)
        st.markdown(f"**{escaped(pending.name)}: {count} question{'s'[: count != 1]} before it is read**")
    columns = [asdict(column) for column in look.columns]
    if columns:
        words = columns_in_words(columns, look.kind)
        st.caption(f"So far: {words[:1].lower()}{words[1:]}" if parsed.questions else words)


def _show_rows_and_notes(look: Any, parsed: ParsedUpload) -> None:
    """The first rows, and beside them splits, warnings, and what was taken without a question."""
    held = parsed.vectors or look
    left_out = getattr(held, "left_out", ())
    if parsed.numbers is None and not held.said:
        show_rows(look, parsed)
        return
    rows, notes = st.columns([2.1, 1], gap="medium")
    with rows:
        show_rows(look, parsed)
    with notes:
        if parsed.numbers is not None and not parsed.vectors.missing:
            show_splits(parsed.numbers)
        show_said(held.said, left_out)


def _show_answered(told: Told) -> None:
    """The questions answered so far, each with a way back."""
    for place, answer in enumerate(told.answered):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            text = answer.text[:1].upper() + answer.text[1:]
            st.caption(f":green[:material/check:] {escaped(text)} **{escaped(answer.reading)}**")
            st.button("Change", type="tertiary", key=f"upload.again.{place}", on_click=ask_again, args=(answer.text,))


def _ask(questions: Sequence[Any], pending: PendingUpload, look: Any, params: Mapping[str, Option], told: Told) -> None:
    likely: dict[str, Any] = {}
    for question in reversed(questions):
        likely |= typed(question.choices[0].options, params)
    force = told.in_force(params)

    def result(choice: Any) -> ParsedUpload | None:
        return outcome(choice.as_set(), pending, look.kind, {**force, **likely, **typed(choice.options, params)})

    show_questions(questions, _answer, key="upload.ask", outcome=result)


def _answer(text: str, reading: str, options: Mapping[str, Any]) -> None:
    """Callback: answer a question about the file in hand."""
    pending = hand().pending
    if pending is not None:
        answer_question(text, reading, typed(options, params_of(pending)))


def _show_examples() -> None:
    """Show two example files."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("A table of texts, one item per row:")
        st.code("id,text,labels\n1,Rain over the harbour,sea;weather\n2,A dog on the beach,sea;animal", language=None)
    with right:
        st.markdown("Or numbers, and a column of 0 and 1 for each label:")
        st.code("width,height,weight,sea,animal\n4.2,1.0,0.3,1,0\n3.9,1.5,0.1,1,1", language=None)


def _ask_name(pending: PendingUpload) -> None:
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
            args=(key,),  # not the data: Streamlit keeps arguments for as long as the session
        )
    if refused:
        st.error(escaped(refused), icon=":material/error:")
    else:
        st.caption("A copy is saved in the Lab's home directory; the file itself is no longer needed.")


def _keep(key: str) -> None:
    from mlcl_core.data.uploads import keep_upload

    try:
        require_teacher()
        pending, parsed = in_hand()
        kept = keep_upload(
            st.session_state[key], parsed.vectors, source=pending.name, options=options_as_known(parsed.options or {})
        )
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
            st.switch_page(page_file("train"))
        if st.button(
            WHICH,
            icon=":material/balance:",
            key="upload.which",
            on_click=compare_on,
            args=(upload.name, upload.kind),
            help="Trains some methods on it, and says which is better, by how much, and how sure that is.",
        ):
            st.switch_page(page_file("train"))
        if st.button("Look at it", icon=":material/table_rows:", key="upload.look"):
            st.switch_page(page_file("data"))


def train_on(name: str, kind: str) -> None:
    """Fill the form of a new run for an upload, and open it on the Train page."""
    set_up_for(name, kind)
    st.session_state[state.PANEL] = NEW_RUN


def compare_on(name: str, kind: str) -> None:
    """Open the question which method is better on an upload."""
    set_up_for(name, kind)
    ask_which()
