"""Sections of a docstring, so that a formula or an edge case is written once, where the code is. Needs no torch.

The docstrings of losses hold their formula as the first ``.. math::`` block, and sections of indented text::

    Edge cases:
        An item without labels contributes nothing.
"""

import inspect
import re


def formula_of(owner: object) -> str:
    """The first ``.. math::`` block of a docstring, as LaTeX on one line; empty without one."""
    lines = _lines(owner)
    start = next((place for place, line in enumerate(lines) if line.startswith(".. math::")), None)
    if start is None:
        return ""
    return _joined([lines[start].removeprefix(".. math::"), *_indented(lines[start + 1 :])])


def section_of(owner: object, title: str) -> str:
    """The text of a section, on one line and as Markdown; empty where there is no such section.

    Args:
        owner: A function or class with a docstring.
        title: The line above the section, without its colon.
    """
    lines = _lines(owner)
    if f"{title}:" not in lines:
        return ""
    text = _joined(_indented(lines[lines.index(f"{title}:") + 1 :]))
    return re.sub(r"``([^`]*)``", r"`\1`", text)


def _lines(owner: object) -> list[str]:
    return (inspect.getdoc(owner) or "").splitlines()


def _indented(lines: list[str]) -> list[str]:
    """The indented lines that follow at once."""
    end = next((place for place, line in enumerate(lines) if not line.startswith(" ")), len(lines))
    return lines[:end]


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
