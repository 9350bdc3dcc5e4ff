"""The timeline component: a slider over the frames, play, live, and markers of interventions and alarms."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.components.mount import component, is_text, is_whole, read_files, received

FOLDER = Path(__file__).parent
_mount = component(
    "mlcl_timeline",
    js=read_files(FOLDER, "timeline.js"),
    css=read_files(FOLDER, "timeline.css"),
)


def timeline(payload: dict[str, Any], *, key: str, on_moved: Callable[[], None]) -> None:
    """Draw a payload of ``figures.timeline.timeline_payload``.

    ``on_moved`` runs after a move, whose target :func:`moved` then returns.
    """
    _mount(data=payload, key=key, on_moved_change=on_moved)


def moved(key: str) -> dict[str, Any] | None:
    """The target of the move that arrived just now: {run, step}; step None means live."""
    return received(key, "moved", run=is_text, step=lambda step: step is None or is_whole(step))
