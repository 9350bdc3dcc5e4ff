"""A cookie, set from the page: Streamlit only reads them."""

from pathlib import Path

from dashboard.components.mount import component

_mount = component("mlcl_remember", js=(Path(__file__).parent / "remember.js").read_text(encoding="utf-8"))


def remember(name: str, value: str) -> None:
    """Have the browser keep ``value`` (letters, digits, - and _) until it is closed; draws nothing."""
    _mount(data={"name": name, "value": value}, key=f"remember.{name}", height=0)
