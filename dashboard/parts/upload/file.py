"""The pending file of the upload dialog: chosen, guessed from its first rows, parsed; its copy is then deleted."""

import json
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.access import in_class, require_teacher
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory

WITH_PICTURES = ". A table that names files of pictures comes in one zip with them, or by its path"
MAX_AGE = 24 * 3600  # seconds after which the copy of an abandoned session is deleted


@dataclass(frozen=True)
class PendingUpload:
    """A file that is being uploaded.

    Args:
        token: Differs for every file; part of the keys of its widgets.
        path: The file.
        name: Its name for the user.
        copied: Whether ``path`` is a temporary copy, to be deleted.
    """

    token: str
    path: Path
    name: str
    copied: bool

    @property
    def stem(self) -> str:
        """Its name without the ending."""
        return Path(self.name).stem


@dataclass(frozen=True)
class ParsedUpload:
    """The whole file as read: its data and their statistics, or why it was refused."""

    vectors: Any = None
    numbers: Any = None
    error: str | None = None


def choose_upload() -> PendingUpload | None:
    """Draw the fields for a file and for a path; return the pending file, or None.

    Raises:
        InputError: An unknown ending, a missing file, or a viewer asks.
    """
    from mlcl_core.data import READERS

    require_teacher()
    turn = st.session_state.get(state.UPLOAD_ROUND, 0)
    endings = [ending for reader in READERS.values() for ending in reader.suffixes if ending.startswith(".")]
    left, right = st.columns([3, 2], gap="medium")
    dropped = None
    with left:
        if in_class():
            st.caption("In class mode the server accepts no file from a browser: enter its path.")
        else:
            dropped = st.file_uploader(
                f"A file of up to {int(st.get_option('server.maxUploadSize'))} MB",
                type=[ending.lstrip(".") for ending in endings],
                key=f"upload.drop.{turn}",
                help=f"Formats: {', '.join(endings)}.",
            )
    with right:
        typed = st.text_input(
            "Path of the file" if in_class() else "Or the path of a larger file",
            key=f"upload.path.{turn}",
            placeholder="/path/to/films.csv",
            help="On the machine where the Lab runs.",
            disabled=dropped is not None,
        ).strip()
    if dropped is not None:
        return _in_hand(dropped.file_id) or _copied(dropped, endings)
    if typed:
        return _in_hand(typed) or _named(typed)
    forget_file()
    return None


def forget_file() -> None:
    """Forget the pending file and delete its copy."""
    pending = st.session_state.pop(state.UPLOAD_FILE, None)
    for key in (state.UPLOAD_SEEN, state.UPLOAD_READ):
        st.session_state.pop(key, None)
    if pending is not None and pending.copied:
        pending.path.unlink(missing_ok=True)


def first_look(pending: PendingUpload, **given: Any) -> Any:
    """The guess from the file's first rows, with ``given`` (delimiter, options) fixed; cached.

    Raises:
        InputError: As :func:`mlcl_core.data.guess.guess`, with the file's name for the user.
    """
    from mlcl_core.data.guess import guess

    wanted = (pending.token, json.dumps(given, sort_keys=True))
    seen = st.session_state.get(state.UPLOAD_SEEN)
    if seen is None or seen[0] != wanted:
        try:
            seen = (wanted, guess(pending.path, **given))
        except InputError as error:
            raise InputError(_named_as_known(str(error), pending)) from None
        st.session_state[state.UPLOAD_SEEN] = seen
    return seen[1]


def read_whole(pending: PendingUpload, guess: Any) -> ParsedUpload:
    """The whole file, parsed as guessed and checked; cached until the guess is corrected."""
    wanted = (pending.token, json.dumps(guess.params, sort_keys=True))
    read = st.session_state.get(state.UPLOAD_READ)
    if read is None or read[0] != wanted:
        with st.spinner("Reading the file"):
            read = (wanted, _parsed(pending, guess))
        st.session_state[state.UPLOAD_READ] = read
    return read[1]


def _parsed(pending: PendingUpload, guess: Any) -> ParsedUpload:
    from mlcl_core.data import READERS, statistics
    from mlcl_core.data.files import build_dataset
    from mlcl_core.data.reader_client import read_in_process
    from mlcl_core.options import checked_options

    reader = READERS[guess.format]
    try:
        vectors = read_in_process(pending.path, reader, checked_options(pending.name, reader.params, guess.params))
        return ParsedUpload(vectors, statistics(build_dataset(vectors, Path(pending.name), 0)))
    except (InputError, OSError) as error:
        alone = pending.copied and guess.kind == "picture" and guess.format in ("csv", "parquet")
        return ParsedUpload(error=_named_as_known(str(error), pending) + WITH_PICTURES * alone)


def _named_as_known(message: str, pending: PendingUpload) -> str:
    """An error message with the name of the file in place of its copy's."""
    if not pending.copied:
        return message
    return message.replace(str(pending.path), pending.name).replace(str(pending.path.parent), "the folder")


def _in_hand(token: str) -> PendingUpload | None:
    pending = st.session_state.get(state.UPLOAD_FILE)
    return pending if pending is not None and pending.token == token and pending.path.exists() else None


def _copied(dropped: Any, endings: list[str]) -> PendingUpload:
    """A dropped file, copied under a random name: only the known ending of the user's name is kept."""
    forget_file()
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
    return _held(PendingUpload(dropped.file_id, path, dropped.name, copied=True))


def _named(typed: str) -> PendingUpload:
    forget_file()
    try:
        path = Path(typed).expanduser()
        there = path.exists()
    except (RuntimeError, OSError, ValueError):
        there = False
    if not there:
        raise InputError(f"there is no file {typed}")
    return _held(PendingUpload(typed, path, path.name, copied=False))


def _held(pending: PendingUpload) -> PendingUpload:
    st.session_state[state.UPLOAD_FILE] = pending
    return pending
