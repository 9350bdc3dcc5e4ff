"""Enter in a text field that searches while one types: Streamlit reports the text, and not the key."""

from collections.abc import Callable
from pathlib import Path

from dashboard.components.mount import component, is_text, read_files, received
from dashboard.components.rungs import class_of

_mount = component("mlcl_entered", js=read_files(Path(__file__).parent, "entered.js"))


def on_enter(field: str, act: Callable[[], None]) -> None:
    """Call ``act`` when Enter is pressed in the text field of a session key; draws nothing."""
    _mount(data={"field": class_of(field)}, key=_key(field), height=0, on_entered_change=act)


def entered(field: str) -> str | None:
    """The text with which Enter was pressed just now; None: it was not."""
    sent = received(_key(field), "entered", text=is_text)
    return None if sent is None else sent["text"]


def _key(field: str) -> str:
    return f"{field}.entered"
