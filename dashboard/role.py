"""Who may act: on one's own machine everybody; in class mode (``mlcl app --class``) the teacher, the class looks on.

The teacher's token is in the server's environment. A session shows it once, in the query string (``?teacher=TOKEN``) or
in the cookie that the teacher's browser keeps; every other session is a viewer's. What acts asks here by itself
(``require_teacher``): that a viewer's page has no button is for the eye, not for safety.
"""

import hmac
import os
import re
from pathlib import Path

import streamlit as st

from dashboard import state
from mlcl_core.errors import InputError
from mlcl_core.home import home_path

TOKEN_VARIABLE = "MLCL_TEACHER"
PARAMETER = "teacher"
COOKIE = "mlcl_teacher"
READ_ONLY = "Read only: the teacher steers this run"
# an absolute path, up to the name of the file
FOLDERS = re.compile(r"(?<![\w/\\])(?:[A-Za-z]:|~\w*|\.\.?)?[/\\](?:[^\s/\\'\":]+[/\\])*(?=[^\s/\\])")


def token() -> str | None:
    """The teacher's token; None where there is no class."""
    return os.environ.get(TOKEN_VARIABLE) or None


def may_act() -> bool:
    """Whether this session may start, steer, change and upload; else it looks on."""
    wanted = token()
    if wanted is None or st.session_state.get(state.TEACHER):
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
        raise InputError(f"{READ_ONLY}. Nothing was changed.")


def shown(text: str) -> str:
    """An error as this session may read it: to a viewer without the folders of the teacher's machine."""
    return text if may_act() else without_folders(text)


def without_folders(text: str) -> str:
    """A text whose paths are cut down to the names of their files: "/home/anna/a.csv" -> "a.csv"."""
    # first those that are known, because a folder's name may hold spaces
    for folder in sorted({str(home_path()), str(Path.home()), str(Path.cwd())}, key=len, reverse=True):
        text = text.replace(folder + os.sep, "")
    return FOLDERS.sub("", text)
