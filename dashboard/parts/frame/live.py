"""Parts of a page that look again by themselves, while a run goes on; one session's at a time, errors in one line.

Thirty sessions are thirty threads that pass Python's one lock around at every file and every message: measured, they
get half as much done as when each part is drawn whole before the next begins.
"""

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.access import shown
from dashboard.figures.formatting import escaped, shortened
from mlcl_core.errors import InputError

LOG = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds: behind a part that works longer than that, nobody waits
_turn = threading.Lock()


def live(part: Callable[[], None], *, every: float | None, key: str) -> None:
    """Draw a part of the page, again each ``every`` seconds (None: when asked), as the fragment ``key``."""
    st.fragment(_by_turns(part), run_every=every, key=key)()


def _by_turns(part: Callable[[], None]) -> Callable[[], None]:
    @functools.wraps(part)
    def drawn() -> None:
        with _own_turn(), _all_errors_in_one_line():
            part()

    return drawn


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """What is wrong with a file, or with what was asked, is said in one line, where it happened."""
    try:
        yield
    except InputError as error:
        _say(str(error))
    except OSError as error:
        _say(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))


@contextmanager
def _all_errors_in_one_line() -> Iterator[None]:
    """The same for what nobody foresaw: a part that comes again each second has no box with code in it."""
    try:
        with errors_in_one_line():
            yield
    except Exception as error:
        LOG.exception("a part of a page cannot be drawn")
        _say(f"This part cannot be drawn: {type(error).__name__}: {error}. The server's log has the whole story.")


def in_one_line(text: str) -> str:
    """What is wrong, or a notice, as this session may read it: one line of bounded length, nothing in it acts."""
    return escaped(shown(shortened(text)))


def _say(text: str) -> None:
    st.error(in_one_line(text), icon=":material/error:")


@contextmanager
def _own_turn() -> Iterator[None]:
    mine = _turn.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if mine:
            _turn.release()
