"""A cookie set from a page; Streamlit itself can only read cookies."""

from pathlib import Path

from dashboard.components.mount import component, read_files

_mount = component("mlcl_remember", js=read_files(Path(__file__).parent, "remember.js"))


def remember(name: str, value: str) -> None:
    """Store ``value`` (letters, digits, - and _) in the browser until it is closed. Draws nothing."""
    _mount(data={"name": name, "value": value}, key=f"remember.{name}", height=0)
