"""The pending file of the upload dialog: dropped and copied, or named by its path; its copy is deleted in the end."""

import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.access import in_class, require_teacher
from dashboard.parts.upload.hand import PendingUpload, empty, hand
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory

ANSWERS = ".schema.json"
MAX_AGE = 24 * 3600  # seconds after which the copy of an abandoned session is deleted


def choose_upload() -> PendingUpload | None:
    """Draw the fields for a file and for a path; return the pending file, or None.

    Raises:
        InputError: An unknown ending, a missing file, or a viewer asks.
    """
    require_teacher()
    turn = st.session_state.get(state.UPLOAD_ROUND, 0)
    endings = _endings()
    left, right = st.columns([3, 2], gap="medium")
    dropped = None
    with left:
        if in_class():
            st.caption("In class mode the server accepts no file from a browser: enter its path.")
        else:
            dropped = st.file_uploader(
                f"A file of up to {int(st.get_option('server.maxUploadSize'))} MB",
                type=[ending.lstrip(".") for ending in endings],
                key=(key := f"upload.drop.{turn}"),
                help=f"Formats: {', '.join(endings)}.",
            )
            # the session's own object, to be emptied: the field returns a copy of it
            dropped = dropped and st.session_state[key]
    with right:
        typed = st.text_input(
            "Path of the file" if in_class() else "Or the path of a larger file",
            key=f"upload.path.{turn}",
            placeholder="/path/to/films.csv",
            help="On the machine where the Lab runs.",
            disabled=dropped is not None,
        ).strip()
    if dropped is not None:
        return _in_hand(dropped.file_id) or _copied(dropped)
    if typed:
        return _in_hand(typed) or _named(typed)
    forget_file()
    return None


def forget_file() -> None:
    """Forget the pending file and delete its copy."""
    hand().let_go()


def _in_hand(token: str) -> PendingUpload | None:
    pending = hand().pending
    return pending if pending is not None and pending.token == token and pending.path.exists() else None


def copy_of(dropped: Any) -> Path:
    """A dropped file, copied under a random name: only the known ending of the user's name is kept.

    Raises:
        InputError: No format has its ending.
    """
    if dropped.name.lower().endswith(ANSWERS):
        raise InputError(f"{dropped.name}: these are answers about a file; choose the file itself, and then these")
    endings = _endings()
    ending = next((ending for ending in endings if dropped.name.lower().endswith(ending)), None)
    if ending is None:
        raise InputError(f"{dropped.name}: no format has this ending; there are: {', '.join(endings)}")
    folder = home_directory() / "cache" / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        with suppress(OSError):
            if time() - path.stat().st_mtime > MAX_AGE:
                path.unlink()
    path = folder / f"{secrets.token_hex(8)}{ending}"
    with path.open("wb") as file:
        dropped.seek(0)
        shutil.copyfileobj(dropped, file)
    empty(dropped)
    return path


def _copied(dropped: Any) -> PendingUpload:
    if dropped.file_id == st.session_state.get(state.UPLOAD_TAKEN):
        raise InputError(f"{dropped.name}: it was let go when the connection ended; choose it again")
    forget_file()
    path = copy_of(dropped)
    st.session_state[state.UPLOAD_TAKEN] = dropped.file_id
    return hand().take(PendingUpload(dropped.file_id, path, dropped.name, copied=True))


def _endings() -> list[str]:
    from mlcl_core.data import READERS

    return [ending for reader in READERS.values() for ending in reader.suffixes if ending.startswith(".")]


def _named(typed: str) -> PendingUpload:
    forget_file()
    try:
        path = Path(typed).expanduser()
        there = path.exists()
    except (RuntimeError, OSError, ValueError):
        there = False
    if not there:
        raise InputError(f"there is no file {typed}")
    return hand().take(PendingUpload(typed, path, path.name, copied=False))
