"""A drawing of the Lab on a page, in the colours of the page's theme, which a picture by its address would not have."""

from pathlib import Path

from dashboard.components.mount import component, read_files

_mount = component("mlcl_drawing", js=read_files(Path(__file__).parent, "drawing.js"))


def drawing(name: str, svg: str) -> None:
    """Show a drawing; ``name`` is unique on its page."""
    _mount(data={"name": name, "svg": svg}, key=f"drawing.{name}", width="content", height="content")
