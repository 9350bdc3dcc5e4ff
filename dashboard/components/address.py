"""The address of the page: what of it makes an entry in the browser's history, and the button that copies it."""

from collections.abc import Sequence
from pathlib import Path

from dashboard.components.mount import component, read_files

FOLDER = Path(__file__).parent
_mount = component("mlcl_address", js=read_files(FOLDER, "address.js"), css=read_files(FOLDER, "address.css"))


def address(query: str, *, run: str, quiet: Sequence[str], key: str) -> None:
    """Draw the button "Copy link".

    Args:
        query: The query of the view; it is put into the address once, when a page is opened.
        run: Id of the run, for links whose address names none; empty: none is added.
        quiet: Parameters whose changes leave no entry in the history.
        key: Unique on its page.
    """
    _mount(data={"query": query, "run": run, "quiet": list(quiet)}, key=key, width="content", height="content")
