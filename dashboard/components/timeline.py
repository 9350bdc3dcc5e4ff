"""The timeline as a Streamlit component: a slider over the frames, play, live, and marks for what was changed when."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "mlcl_timeline",
    js=(FOLDER / "timeline.js").read_text(encoding="utf-8"),
    css=(FOLDER / "timeline.css").read_text(encoding="utf-8"),
)


def timeline(payload: dict[str, Any], *, key: str, on_moved: Callable[[], None]) -> None:
    """Draw a payload of ``figures.timeline.timeline_payload``.

    After a move, ``on_moved`` runs with ``st.session_state[key]["moved"]`` = {run, step}; step None means live.
    """
    _mount(data=payload, key=key, on_moved_change=on_moved)
