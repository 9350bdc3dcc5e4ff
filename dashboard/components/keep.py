"""What this browser keeps from visit to visit, under a name: a guess, a done-mark.

It stands in the browser's localStorage; the server keeps none of it beyond the session. A browser sends what it likes:
a reader of :func:`kept` checks what is inside.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.components.mount import component, is_text, log_dropped, read_files, received

MAX_BYTES = 20_000
NAME = re.compile(r"[a-z][a-z.]{0,39}")
_mount = component("mlcl_keep", js=read_files(Path(__file__).parent, "keep.js"))


@dataclass
class _Kept:
    """What a session knows of its browser."""

    session: str = field(default_factory=lambda: token_hex(8))  # an answer to an earlier session is not taken
    keeps: bool | None = None
    answered: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)  # how often the session wrote a name

    def number(self, name: str) -> int:
        """Number of the text for the browser to write; 0: none, as long as it has not said what it keeps."""
        return self.written.get(name, 0) if name in self.answered else 0


def kept(name: str, *, then: Callable[[], None] | None = None) -> Any | None:
    """The value that this browser keeps under a name; None where it keeps none, and before it answered.

    Draws the component, which shows nothing, so that it is called once in each run of a page. The browser answers a
    moment after a page is opened, and again when another tab wrote the name; each answer reruns the page, and before
    that calls ``then``, for which :func:`value_of` has it.
    """
    _check(name)
    known = _known()
    key = f"keep.{name}"
    _take(known, name)

    def said() -> None:
        if _take(known, name) and then:
            then()

    _mount(
        key=key,
        height=0,
        data={
            "name": f"mlcl.{name}",
            "session": known.session,
            "number": known.number(name),
            "text": known.texts.get(name) if known.number(name) else None,
        },
        on_said_change=said,
    )
    return value_of(name)


def value_of(name: str) -> Any | None:
    """What is known of a name so far; draws nothing."""
    text = _known().texts.get(name)
    return None if text is None else json.loads(text)


def keep(name: str, value: Any) -> None:
    """Let this browser keep a value under a name (None: forget it), from the next drawing of :func:`kept` on.

    It replaces what was kept; but where it is called before the browser answered, and the browser keeps a value, that
    value holds, so that a click in the first moment of a page loses nothing of earlier visits.

    Raises:
        ValueError: The value is no JSON of at most 20 KB.
    """
    _check(name)
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"a browser keeps {MAX_BYTES:,} bytes under a name; {name} has {len(text.encode()):,}")
    known = _known()
    known.texts[name] = text
    known.written[name] = known.written.get(name, 0) + 1


def keeps() -> bool | None:
    """Whether this browser keeps anything; None before it answered."""
    return _known().keeps


def answered(name: str) -> bool:
    """Whether the browser said in this session what it keeps under a name."""
    return name in _known().answered


def _known() -> _Kept:
    known: _Kept = st.session_state.setdefault(state.KEEP, _Kept())
    return known


def _take(known: _Kept, name: str) -> bool:
    """Take the browser's answer, if there is one; what this session wrote since then counts instead."""
    key = f"keep.{name}"
    sent = received(key, "said", session=is_text, number=_is_number, there=_is_bool, text=_is_text_or_none)
    if sent is None or sent["session"] != known.session or sent["number"] != known.number(name):
        return False
    first = name not in known.answered
    known.keeps = sent["there"]
    known.answered.add(name)
    text = sent["text"]
    if text is not None and not _is_json(text):
        log_dropped(key, "said", ascii(text[:200]))
        text = None
    if text is not None:
        known.texts[name] = text
        known.written.pop(name, None)
    elif sent["there"] and not first:
        known.texts.pop(name, None)  # another tab forgot it
    return True


def _is_json(text: str) -> bool:
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        return False
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**31


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _check(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ValueError(f"a name has 40 small letters and dots at most, and {name!r} does not")
