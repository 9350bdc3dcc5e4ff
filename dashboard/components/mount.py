"""How components are mounted and heard: what goes to them is checked, and what comes back.

What comes back was sent by a browser: by a component of ours, or by anybody who can speak to the server.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.figures.payload import payload

Check = Callable[[Any], bool]
_log = logging.getLogger(__name__)
LONGEST = 120  # letters of a dropped message that go into the log


def component(name: str, *, js: str, css: str | None = None) -> Callable[..., Any]:
    """Register a component; gives what mounts it: ``mount(data=, key=, ...)``, data being bytes or a payload."""
    mount = st.components.v2.component(name, js=js, css=css)

    def mounted(*, data: bytes | Mapping[str, Any], **options: Any) -> Any:
        return mount(data=data if isinstance(data, bytes) else payload(data, name), **options)

    return mounted


def heard(key: str, event: str, **checks: Check) -> dict[str, Any] | None:
    """What the component at ``key`` sent just now as ``event``: a dict with a value for each of ``checks``.

    None where it sent nothing, and where what it sent is malformed: that is one line in the log, and no more.
    """
    state = st.session_state.get(key)
    sent = state.get(event) if isinstance(state, Mapping) else None
    if sent is None:
        return None
    if isinstance(sent, Mapping) and all(name in sent and check(sent[name]) for name, check in checks.items()):
        return {name: sent[name] for name in checks}
    drop(key, event, ascii(sent))
    return None


def drop(key: str, event: str, reason: str) -> None:
    """Say in the log, in one line, that a message is of no use."""
    words = " ".join(reason.split())
    _log.warning("dropped a message for %s.%s: %s", key, event, words[:LONGEST] + "…" * (len(words) > LONGEST))


def is_text(value: Any) -> bool:
    """Whether it is a text."""
    return isinstance(value, str)


def is_whole(value: Any) -> bool:
    """Whether it is a whole number, as a browser has them."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53
