"""The cloud of points: a small component that carries frames, and a hidden one that carries all the rest once."""

import json
from collections.abc import Callable
from pathlib import Path

from dashboard.components.mount import component, heard, is_whole

FOLDER = Path(__file__).parent
PARTS = (
    "cloud_message.js",
    "cloud_marks.js",
    "cloud_view.js",
    "cloud_card.js",
    "cloud_stars.js",
    "cloud_arrows.js",
    "cloud_trails.js",
    "cloud_apart.js",
    "cloud_input.js",
    "cloud_keys.js",
    "cloud.js",
)


def _text(*names: str) -> str:
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


# Streamlit sends a component's JavaScript with each message: frames carry the short mount.js only.
_frames = component("mlcl_cloud", js=_text("mount.js"))
_library = component("mlcl_cloud_library", js=f"const CSS = {json.dumps(_text('cloud.css'))};\n{_text(*PARTS)}")


def cloud(message: bytes, *, key: str, on_picked: Callable[[], None]) -> dict[str, object] | None:
    """Show a frame; the same ``key`` keeps one canvas, its zoom and its selection over all frames.

    Args:
        message: From ``figures.cloud.frame_message`` or ``empty_message``.
        key: One place on one page.
        on_picked: Called when a point was clicked, before the rerun; the click is then in ``picked(key)``.
    """
    return _frames(data=message, key=key, on_picked_change=on_picked).picked


def picked(key: str) -> int | None:
    """Id of the item that was clicked just now."""
    sent = heard(key, "picked", id=is_whole)
    return None if sent is None else sent["id"]


def library(items_message: bytes | None, *, key: str = "cloud.library") -> None:
    """Ship the drawing code and the items' names, labels, pictures, once; draws nothing: the last thing on a page."""
    _library(data=items_message or b"", key=key)
