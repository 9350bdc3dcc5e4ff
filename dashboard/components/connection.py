"""The notice that the browser shows when the server does not answer."""

from pathlib import Path

from dashboard.components.mount import component, read_files

_mount = component("mlcl_connection", js=read_files(Path(__file__).parent, "connection.js"))


def watch_connection(title: str, text: str, command: str = "") -> None:
    """Show this notice whenever the server does not answer. Draws nothing while it does."""
    _mount(data={"title": title, "text": text, "command": command}, key="connection", height=0)
