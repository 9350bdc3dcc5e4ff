"""Which sessions may act: normally all; in class mode (``mlcl app --class``) the teacher's, while the class watches.

Class mode is ``MLCL_CLASS=1`` in the server's environment, with the teacher's token in ``MLCL_TEACHER``. In class mode
a missing or weak token means that no session may act. ``MLCL_TEACHER`` alone, whatever its value, means class mode too.
A session presents the token once, in the query string (``?teacher=TOKEN``) or in the cookie kept by the teacher's
browser; every other session is a viewer's. Every acting function checks for itself (``require_teacher``): a viewer's
page hides the buttons, but that is no protection.

One thing a viewer's session writes: its answers to the quiz (``dashboard.quiz.store.keep_attempt``), each a file of a
few hundred bytes, a few a session, a bounded number in all, with no text but a name of at most 40 characters.
"""

import hmac
import os
import re
from pathlib import Path

import streamlit as st

from dashboard import state
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_path

CLASS_VARIABLE = "MLCL_CLASS"
TOKEN_VARIABLE = "MLCL_TEACHER"
MIN_TOKEN_LENGTH = 16  # 96 bits in the alphabet below
PARAMETER = "teacher"
COOKIE = "mlcl_teacher"
READ_ONLY = "Read only: the teacher steers this run"
NO_TOKEN = f"Read only: no session may act, because {TOKEN_VARIABLE} holds no token; mlcl app --class makes one"
# an absolute path, up to the name of the file
FOLDERS = re.compile(r"(?<![\w/\\])(?:[A-Za-z]:|~\w*|\.\.?)?[/\\](?:[^\s/\\'\":]+[/\\])*(?=[^\s/\\])")


def in_class() -> bool:
    """Whether class mode is on: by ``MLCL_CLASS``, or by a token, even an empty one."""
    return os.environ.get(CLASS_VARIABLE, "") not in ("", "0") or TOKEN_VARIABLE in os.environ


def token() -> str | None:
    """The teacher's token; None where it is missing or too weak to protect anything."""
    given = os.environ.get(TOKEN_VARIABLE, "")
    return given if is_strong(given) else None


def is_strong(text: str) -> bool:
    """Whether a text can be a token: 16 characters or more, letters, digits, - and _ (safe in URLs and cookies)."""
    return len(text) >= MIN_TOKEN_LENGTH and re.fullmatch(r"[A-Za-z0-9_-]+", text) is not None


def read_only() -> str:
    """Why this session may not act."""
    return NO_TOKEN if token() is None else READ_ONLY


def may_act() -> bool:
    """Whether this session may start, steer, change and upload; otherwise it only watches."""
    if not in_class():
        return True
    wanted = token()
    if wanted is None:
        return False
    if st.session_state.get(state.TEACHER) is True:
        return True
    shown = (st.query_params.get(PARAMETER), st.context.cookies.get(COOKIE))
    if not any(is_token(text, wanted) for text in shown):
        return False
    st.session_state[state.TEACHER] = True
    return True


def is_token(text: str | None, wanted: str) -> bool:
    """Whether a text is the token, compared in constant time."""
    return bool(text) and hmac.compare_digest(str(text).encode(errors="replace"), wanted.encode())


def require_teacher() -> None:
    """Refuse viewers; the first line of every function that acts.

    Raises:
        InputError: The session is a viewer's.
    """
    if not may_act():
        raise InputError(f"{read_only()}. Nothing was changed.")


def shown(text: str) -> str:
    """An error as this session may read it: for a viewer without the folders of the teacher's machine."""
    return text if may_act() else without_folders(text)


def without_folders(text: str) -> str:
    """A text with each path reduced to the name of its file: "/home/anna/a.csv" -> "a.csv"."""
    # known folders first, because their names may contain spaces
    for folder in sorted({str(home_path()), str(Path.home()), str(Path.cwd())}, key=len, reverse=True):
        text = text.replace(folder + os.sep, "")
    return FOLDERS.sub("", text)
