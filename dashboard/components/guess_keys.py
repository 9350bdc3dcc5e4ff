"""Keys for the options of a question: Streamlit's radio buttons have none."""

from pathlib import Path

from dashboard.components.mount import component, read_files
from dashboard.components.rungs import class_of

_mount = component("mlcl_guess_keys", js=read_files(Path(__file__).parent, "in_field.js", "guess_keys.js"))


def guess_keys(question: str, *, key: str) -> None:
    """Let the keys 1, 2, … choose an option of the radio buttons of a session key. Draws nothing."""
    _mount(data={"question": class_of(question)}, key=key, height=0)
