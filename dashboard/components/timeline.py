"""The timeline as a Streamlit component: a slider over the frames, play, live, and marks for what was changed when."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.components.mount import component, heard, is_text, is_whole

FOLDER = Path(__file__).parent
_mount = component(
    "mlcl_timeline",
    js=(FOLDER / "timeline.js").read_text(encoding="utf-8"),
    css=(FOLDER / "timeline.css").read_text(encoding="utf-8"),
)


def timeline(payload: dict[str, Any], *, key: str, on_moved: Callable[[], None]) -> None:
    """Draw a payload of ``figures.timeline.timeline_payload``.

    After a move ``on_moved`` runs; :func:`moved` then says where to.
    """
    _mount(data=payload, key=key, on_moved_change=on_moved)


def moved(key: str) -> dict[str, Any] | None:
    """Where the slider was moved just now, {run, step}; step None means live."""
    return heard(key, "moved", run=is_text, step=lambda step: step is None or is_whole(step))
