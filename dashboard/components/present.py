"""A lesson on the wall: its text and picture grow until they fill the window; the key F asks for the full screen."""

from pathlib import Path

from dashboard.components.mount import component, read_files
from dashboard.components.rungs import class_of

_mount = component("mlcl_present", js=read_files(Path(__file__).parent, "in_field.js", "present.js"))


def fill_window(card: str, *, key: str) -> None:
    """Fit the card of a container's key, and what stands in the column beside it, into the window. Draws nothing."""
    _mount(data={"card": class_of(card)}, key=key, height=0)
