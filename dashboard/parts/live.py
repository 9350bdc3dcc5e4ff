"""Parts of a page that look again by themselves, while a run goes on; one session's at a time.

Thirty sessions are thirty threads that pass Python's one lock around at every file and every message: measured, they
get half as much done as when each part is drawn whole before the next begins.
"""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

PATIENCE = 0.5  # seconds: behind a part that works longer than that, nobody waits
_turn = threading.Lock()


def live(part: Callable[[], None], *, every: float | None, key: str) -> None:
    """Draw a part of the page, again each ``every`` seconds (None: when asked), as the fragment ``key``."""
    st.fragment(_by_turns(part), run_every=every, key=key)()


def _by_turns(part: Callable[[], None]) -> Callable[[], None]:
    @functools.wraps(part)
    def drawn() -> None:
        with _own_turn():
            part()

    return drawn


@contextmanager
def _own_turn() -> Iterator[None]:
    mine = _turn.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if mine:
            _turn.release()
