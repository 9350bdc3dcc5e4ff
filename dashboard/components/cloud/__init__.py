"""The point cloud: a small component that carries frames, and a hidden one that carries everything else once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.components.mount import component, is_text, is_whole, read_files, received

FOLDER = Path(__file__).parent
# concatenated: every file stands after the files whose functions it uses
SCRIPTS = (
    "registry.js",
    "wire.js",
    "marks.js",
    "view.js",
    "picks.js",
    "raster.js",
    "webgl.js",
    "points.js",
    "card.js",
    "stars.js",
    "arrows.js",
    "trails.js",
    "apart.js",
    "marked.js",
    "neighbours.js",
    "in_window.js",
    "tiles.js",
    "rings.js",
    "label_names.js",
    "notes.js",
    "tools.js",
    "pin.js",
    "selecting.js",
    "drawing.js",
    "groups.js",
    "input.js",
    "keys.js",
    "cloud.js",
)
MAX_SELECTED = 100_000  # ids in one message
# What a browser asks of the selection; the first three name items.
ASKS = ("replace", "add", "subtract", "all", "invert", "clear", "undo", "redo")


def drawing_code() -> str:
    """The JavaScript module that draws clouds, for any page: ``show`` of its registry (registry.js) mounts one."""
    return f"const CSS = {json.dumps(read_files(FOLDER, 'cloud.css'))};\n{read_files(FOLDER, *SCRIPTS)}"


# Streamlit sends a component's JavaScript with each message: frames carry only the short mount.js.
_frames = component("mlcl_cloud", js=read_files(FOLDER, "mount.js"))
_library = component("mlcl_cloud_library", js=drawing_code())


@dataclass(frozen=True)
class Asked:
    """What a browser asked of the selection; ``number`` counts its messages, so that it knows which are answered."""

    run: str
    how: str
    ids: tuple[int, ...]
    number: int


def cloud(
    message: bytes,
    *,
    key: str,
    on_picked: Callable[[], None],
    on_selected: Callable[[], None] = lambda: None,
    on_wanted: Callable[[], None] = lambda: None,
) -> dict[str, object] | None:
    """Show a frame. The same ``key`` keeps one canvas, its zoom and its selection over all frames.

    Args:
        message: From ``figures.cloud.CloudFrame`` or ``empty_message``.
        key: Unique on its page.
        on_picked: Called before the rerun when a point was clicked; ``picked(key)`` then returns the click.
        on_wanted: Called before the rerun when the card of the anchor asks for its neighbours, or for them no longer.
        on_selected: Called before the rerun when the selection is to change; ``asked(key)`` then returns how.
    """
    return _frames(
        data=message,
        key=key,
        on_picked_change=on_picked,
        on_selected_change=on_selected,
        on_wanted_change=on_wanted,
    ).picked


def picked(key: str) -> int | None:
    """Id of the item that was clicked just now; None without a click."""
    sent = received(key, "picked", id=is_whole)
    return None if sent is None else sent["id"]


def asked(key: str) -> Asked | None:
    """What was asked of the selection just now; None without such a message."""
    sent = received(key, "selected", run=is_text, how=ASKS.__contains__, ids=_are_ids, number=is_whole)
    return None if sent is None else Asked(sent["run"], sent["how"], tuple(sent["ids"]), sent["number"])


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_SELECTED and all(map(is_whole, value))


def library(items_message: bytes | None, *, key: str = "cloud.library") -> None:
    """Ship the drawing code and the items' names, labels and pictures once. Draws nothing; stands last on a page."""
    _library(data=items_message or b"", key=key)
