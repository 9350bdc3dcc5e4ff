"""A recorded run that plays by itself in the cloud: all frames are sent once, and the browser moves through them."""

import struct
from collections.abc import Sequence
from pathlib import Path

from dashboard.components.mount import component, read_files

FOLDER = Path(__file__).parent
_mount = component("mlcl_player", js=read_files(FOLDER, "player.js"), css=read_files(FOLDER, "player.css"))


def bundle(frames: Sequence[bytes]) -> bytes:
    """Messages of the cloud as one: their number, their lengths, then the messages."""
    return struct.pack(f"<{len(frames) + 1}I", len(frames), *map(len, frames)) + b"".join(frames)


def player(bundled: bytes, *, key: str) -> None:
    """Play frames, of :func:`bundle`. The cloud's library, which draws them, is mounted elsewhere on the page."""
    _mount(data=bundled, key=key)
