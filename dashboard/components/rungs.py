"""Useful values for the + and - of Streamlit's number fields."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dashboard.components.mount import component

_mount = component("mlcl_rungs", js=(Path(__file__).parent / "rungs.js").read_text(encoding="utf-8"))


def rungs(values: Mapping[str, Sequence[int | float]], *, key: str) -> None:
    """Let the number field of each session key step through its values, ascending; draws nothing."""
    _mount(data={class_of(field): list(steps) for field, steps in values.items()}, key=key, height=0)


def class_of(key: str) -> str:
    """The class that Streamlit gives to a widget's element for its key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
