"""The user's own data in the set-up form: an upload that fits the preset, or the path of a file."""

import streamlit as st

from dashboard import state
from dashboard.figures.formatting import plain
from dashboard.parts.train.run_setup import BY_PATH
from dashboard.parts.upload.upload import open_upload, upload_dialog
from mlcl_core.engine.presets import OWN_PRESETS

PLACEHOLDERS = {"text": "/path/to/table.csv", "pictures": "/path/to/pictures.zip"}


def choose_own(preset: str) -> None:
    """The uploads of the preset's kind, if there are any, and the path of a file."""
    from mlcl_core.data import READERS
    from mlcl_core.data.uploads import uploads

    fitting = [one.name for one in uploads() if OWN_PRESETS.get(one.kind) == preset]
    key, chosen = state.setting("data.name"), BY_PATH
    if st.session_state.get(key) not in (None, BY_PATH, *fitting):
        st.session_state[key] = next(iter(fitting), BY_PATH)  # it was deleted, or is of another kind
    if fitting:
        chosen = st.selectbox(
            "Your data",
            [*fitting, BY_PATH],
            format_func=lambda name: "A file, by its path" if name == BY_PATH else plain(name),
            key=key,
            persist_state="session",
            help="What you kept on the Data page, as far as it fits this preset.",
        )
    else:
        st.session_state.pop(key, None)
    if chosen == BY_PATH:
        endings = ", ".join(ending for reader in READERS.values() for ending in reader.suffixes)
        st.text_input(
            "Path of your file",
            key=state.setting("data.path"),
            persist_state="session",
            placeholder=PLACEHOLDERS.get(preset, "/path/to/features.csv"),
            help=f"Items and label sets: {endings}. The Data page shows what is in it.",
        )
    if st.button("Bring your own data", icon=":material/upload_file:", key="setup.upload", on_click=open_upload):
        upload_dialog()
