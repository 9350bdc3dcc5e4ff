"""The space component: a small set of points in two or three dimensions; three can be turned by hand."""

from pathlib import Path
from typing import Any

from dashboard.components.mount import component, read_files

FOLDER = Path(__file__).parent
_mount = component(
    "mlcl_space",
    js=read_files(FOLDER, "space.js"),
    css=read_files(FOLDER, "space.css"),
)


def space(payload: dict[str, Any], *, key: str) -> None:
    """Draw a payload of :func:`dashboard.figures.space.space_payload`."""
    _mount(data=payload, key=key)
