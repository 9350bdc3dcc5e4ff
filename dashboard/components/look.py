"""The switches for theme and motion, kept by each browser."""

from collections.abc import Sequence
from pathlib import Path

from dashboard.components.mount import component, read_files

FOLDER = Path(__file__).parent
_mount = component("mlcl_look", js=read_files(FOLDER, "look.js"), css=read_files(FOLDER, "look.css"))


def look(pages: Sequence[str], *, key: str) -> None:
    """Draw both switches.

    Args:
        pages: Paths of all pages below the dashboard's own address: Streamlit (1.67) keeps a theme for each path.
        key: Unique on its page.
    """
    _mount(data={"pages": list(pages)}, key=key, width="content", height="content")
