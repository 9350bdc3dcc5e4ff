"""Useful values for the + and - buttons of Streamlit's number fields."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dashboard.components.mount import component, read_files

_mount = component("mlcl_rungs", js=read_files(Path(__file__).parent, "rungs.js"))


def rungs(values: Mapping[str, Sequence[int | float]], *, key: str) -> None:
    """Let the number field of each session key step through its values (ascending). Draws nothing."""
    _mount(data={class_of(field): list(steps) for field, steps in values.items()}, key=key, height=0)


def class_of(key: str) -> str:
    """The CSS class that Streamlit derives from a widget's key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
