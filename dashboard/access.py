"""Who may act: on one's own machine everybody; in class mode (``mlcl app --class``) the teacher, the class looks on.

The mode is ``MLCL_CLASS=1`` in the server's environment, the teacher's token ``MLCL_TEACHER``. In class mode a missing
or a weak token means that nobody may act; so does ``MLCL_TEACHER`` alone, whatever it holds: who sets a token wants a
class. A session shows the token once, in the query string (``?teacher=TOKEN``) or in the cookie that the teacher's
browser keeps; every other session is a viewer's. What acts asks here by itself (``require_teacher``): that a viewer's
page has no button is for the eye, not for safety.
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
NOBODY = f"Read only: nobody may act, because {TOKEN_VARIABLE} holds no token; mlcl app --class makes one"
# an absolute path, up to the name of the file
FOLDERS = re.compile(r"(?<![\w/\\])(?:[A-Za-z]:|~\w*|\.\.?)?[/\\](?:[^\s/\\'\":]+[/\\])*(?=[^\s/\\])")


def in_class() -> bool:
    """Whether a class looks on: said by ``MLCL_CLASS``, or by a token, even an empty one."""
    return os.environ.get(CLASS_VARIABLE, "") not in ("", "0") or TOKEN_VARIABLE in os.environ


def token() -> str | None:
    """The teacher's token; None where there is none that could keep anybody out."""
    given = os.environ.get(TOKEN_VARIABLE, "")
    return given if is_strong(given) else None


def is_strong(text: str) -> bool:
    """Whether a text can be a token: 16 characters or more, of letters, digits, - and _, as addresses and cookies."""
    return len(text) >= MIN_TOKEN_LENGTH and re.fullmatch(r"[A-Za-z0-9_-]+", text) is not None


def read_only() -> str:
    """Why this session may not act, in words."""
    return NOBODY if token() is None else READ_ONLY


def may_act() -> bool:
    """Whether this session may start, steer, change and upload; else it looks on."""
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
    """Whether a text is the token; how long the answer takes says nothing about where they differ."""
    return bool(text) and hmac.compare_digest(str(text).encode(errors="replace"), wanted.encode())


def require_teacher() -> None:
    """First line of everything that acts.

    Raises:
        InputError: A viewer asked for it.
    """
    if not may_act():
        raise InputError(f"{read_only()}. Nothing was changed.")


def shown(text: str) -> str:
    """An error as this session may read it: to a viewer without the folders of the teacher's machine."""
    return text if may_act() else without_folders(text)


def without_folders(text: str) -> str:
    """A text whose paths are cut down to the names of their files: "/home/anna/a.csv" -> "a.csv"."""
    # first those that are known, because a folder's name may hold spaces
    for folder in sorted({str(home_path()), str(Path.home()), str(Path.cwd())}, key=len, reverse=True):
        text = text.replace(folder + os.sep, "")
    return FOLDERS.sub("", text)
