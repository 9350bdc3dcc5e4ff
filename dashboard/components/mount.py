"""How components are mounted and how their messages are received; both directions are checked.

A message comes from a browser: from a component of the Lab, or from any program that can speak to the server.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.figures.payload import payload

Check = Callable[[Any], bool]
_log = logging.getLogger(__name__)
MAX_LOGGED = 120  # characters of a dropped message that go into the log


def component(name: str, *, js: str, css: str | None = None) -> Callable[..., Any]:
    """Register a component and return the function that mounts it.

    That function takes ``data`` (bytes, or a payload that is checked here), ``key`` and Streamlit's other options.
    """
    mount = st.components.v2.component(name, js=js, css=css)

    def mounted(*, data: bytes | Mapping[str, Any], **options: Any) -> Any:
        return mount(data=data if isinstance(data, bytes) else payload(data, name), **options)

    return mounted


def read_files(folder: Path, *names: str) -> str:
    """The text of files of ``folder``, one after the other."""
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def received(key: str, event: str, **checks: Check) -> dict[str, Any] | None:
    """What the component at ``key`` sent just now as ``event``: a dict with one value for each of ``checks``.

    None when it sent nothing, and when its message is malformed: the log then gets one line.
    """
    state = st.session_state.get(key)
    sent = state.get(event) if isinstance(state, Mapping) else None
    if sent is None:
        return None
    if isinstance(sent, Mapping) and all(name in sent and check(sent[name]) for name, check in checks.items()):
        return {name: sent[name] for name in checks}
    log_dropped(key, event, ascii(sent))
    return None


def log_dropped(key: str, event: str, reason: str) -> None:
    """Log in one line that a message was dropped."""
    words = " ".join(reason.split())
    _log.warning("dropped a message for %s.%s: %s", key, event, words[:MAX_LOGGED] + "…" * (len(words) > MAX_LOGGED))


def is_text(value: Any) -> bool:
    """Whether ``value`` is a text."""
    return isinstance(value, str)


def is_whole(value: Any) -> bool:
    """Whether ``value`` is a whole number that a browser represents exactly."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53
