"""What a tab holds of a file that is being uploaded; it is let go when the tab closes.

Streamlit keeps the session of a closed tab for a while, with what its state, its widgets and the arguments of its
callbacks refer to. So the file and its arrays are kept here alone, in a cache that ends with the connection, and the
session refers to neither.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from dashboard.parts.upload.memory import give_back, map_large_blocks


@dataclass(frozen=True)
class PendingUpload:
    """A file that is being uploaded.

    Args:
        token: Differs for every file; part of the keys of its widgets.
        path: The file.
        name: Its name for the user.
        copied: Whether ``path`` is a temporary copy, to be deleted.
    """

    token: str
    path: Path
    name: str
    copied: bool

    @property
    def stem(self) -> str:
        """Its name without the ending."""
        return Path(self.name).stem


@dataclass
class Hand:
    """The pending file of a tab, and what was made of it: one value by each name, with what it was made from.

    ``beside`` holds the copy of a file that was dropped after it, by its name.
    """

    pending: PendingUpload | None = None
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    beside: dict[str, Path] = field(default_factory=dict)

    def take(self, pending: PendingUpload) -> PendingUpload:
        """Hold a file in place of an earlier one."""
        map_large_blocks()
        self.let_go()
        self.pending = pending
        return pending

    def keep(self, name: str, made_from: Any, make: Callable[[], Any]) -> Any:
        """The value of a name, made anew where it was made from something else; an error keeps nothing."""
        if name not in self.values or self.values[name][0] != made_from:
            self.values.pop(name, None)  # before the next one takes memory
            self.values[name] = (made_from, make())
        return self.values[name][1]

    def put_beside(self, copies: dict[str, Path]) -> None:
        """Hold the copy of a second file in place of an earlier one, which is deleted."""
        for path in self.beside.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
        self.beside = copies

    def let_go(self) -> None:
        """Forget the file, delete its copy, and give the memory back."""
        pending, self.pending = self.pending, None
        held, self.values = bool(self.values), {}
        self.put_beside({})
        if pending is not None and pending.copied:
            with suppress(OSError):
                pending.path.unlink(missing_ok=True)
        if held or pending is not None:
            give_back()

    def named_as_known(self, text: str) -> str:
        """A text with the names of dropped files in place of the paths of their copies."""
        pending = self.pending
        copies = {known: name for name, path in self.beside.items() for known in (str(path), path.name)}
        if pending is not None and pending.copied:
            copies |= {str(pending.path): pending.name, str(pending.path.parent): "the folder"}
        for path, name in copies.items():
            text = text.replace(path, name)
        return text


@st.cache_resource(scope="session", on_release=Hand.let_go, show_spinner=False)
def hand() -> Hand:
    """What this tab holds; let go by Streamlit when the tab closes, is loaded anew, or loses its connection."""
    return Hand()


def empty(dropped: UploadedFile) -> None:
    """Empty a dropped file that was copied: Streamlit would keep its bytes as long as the session, here they go.

    The file stays known to its field, by name and id.
    """
    dropped.seek(0)
    dropped.truncate()
    context = get_script_run_ctx()
    if context is None:
        return
    for record in context.uploaded_file_mgr.get_files(context.session_id, [dropped.file_id]):
        # every manager has add_file for its uploads, though the protocol of all managers does not name it
        context.uploaded_file_mgr.add_file(context.session_id, record._replace(data=b""))  # type: ignore[attr-defined]
