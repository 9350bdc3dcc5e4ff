"""What the page says when its server is gone; shown by the browser, which is then alone."""

from pathlib import Path

from dashboard.components.mount import component

_mount = component("mlcl_connection", js=(Path(__file__).parent / "connection.js").read_text(encoding="utf-8"))


def watch_connection(title: str, text: str, command: str = "") -> None:
    """Have the browser show these words while the server does not answer; draws nothing until then."""
    _mount(data={"title": title, "text": text, "command": command}, key="connection", height=0)
