"""Parts of a page that redraw themselves while a run goes on; one session at a time, errors in one line.

Thirty sessions are thirty threads that hand over Python's lock at every file and every message. Measured, they get half
as much done as when each part is drawn whole before the next one begins.
"""

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import links
from dashboard.access import shown
from dashboard.figures.formatting import escaped, shortened
from mlcl_core.errors import InputError

LOG = logging.getLogger(__name__)
MAX_WAIT = 0.5  # seconds: a part that takes longer does not block the others
_turn = threading.RLock()  # a part may hold another one


def live(part: Callable[[], None], *, every: float | None, key: str) -> None:
    """Draw a part of the page as the fragment ``key``, again every ``every`` seconds (None: on request)."""
    st.fragment(_by_turns(part), run_every=every, key=key)()


def _by_turns(part: Callable[[], None]) -> Callable[[], None]:
    @functools.wraps(part)
    def drawn() -> None:
        with _own_turn(), _all_errors_in_one_line():
            part()
            links.write()

    return drawn


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Show errors of files and of input in one line, where they happen."""
    try:
        yield
    except InputError as error:
        _show_error(str(error))
    except OSError as error:
        _show_error(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))


@contextmanager
def _all_errors_in_one_line() -> Iterator[None]:
    """Also for unforeseen errors: a part that is redrawn every second must not show a traceback."""
    try:
        with errors_in_one_line():
            yield
    except Exception as error:
        LOG.exception("a part of a page cannot be drawn")
        _show_error(f"This part cannot be drawn: {type(error).__name__}: {error}. Details are in the server's log.")


def in_one_line(text: str) -> str:
    """An error or a notice as this session may read it: one line of bounded length, with all markup escaped."""
    return escaped(shown(shortened(text)))


def _show_error(text: str) -> None:
    st.error(in_one_line(text), icon=":material/error:")


@contextmanager
def _own_turn() -> Iterator[None]:
    mine = _turn.acquire(timeout=MAX_WAIT)
    try:
        yield
    finally:
        if mine:
            _turn.release()
