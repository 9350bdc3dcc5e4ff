r'''Formula and sections of a docstring as texts, so that both are written once: beside the code that they describe. ::

    def jaccard(pairs):
        r"""Weigh each pair by the share of labels that both items carry.

        .. math:: w_{ij} = |S \cap T| / |S \cup T|

        Edge cases:
            Two items without labels: weight 0.
        """

:func:`formula_of` gives the LaTeX after ``.. math::``, ``section_of(jaccard, "Edge cases")`` the sentence below it.
'''

import inspect
import re
from typing import Any

MATH = ".. math::"


def formula_of(owner: Any) -> str:
    """The first ``.. math::`` of the docstring of a function or class, as one line of LaTeX; empty without one."""
    lines = _lines(owner)
    for place, line in enumerate(lines):
        if line.startswith(MATH):
            return " ".join(
                [line.removeprefix(MATH).strip(), *_indented(lines[place + 1 :], ends_at_blank=True)]
            ).strip()
    return ""


def section_of(owner: Any, title: str) -> str:
    """The text below the line ``title:`` of the docstring of a function or class, as one Markdown paragraph.

    Empty where the docstring has no such section.
    """
    lines = _lines(owner)
    if f"{title}:" not in lines:
        return ""
    text = " ".join(_indented(lines[lines.index(f"{title}:") + 1 :]))
    # cross-references and literals of reStructuredText are code in Markdown
    return re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text).replace("``", "`")


def _lines(owner: Any) -> list[str]:
    # not inspect.getdoc: that answers with the docstring of a base class
    return inspect.cleandoc(owner.__doc__ or "").splitlines()


def _indented(lines: list[str], *, ends_at_blank: bool = False) -> list[str]:
    """The stripped lines of an indented block, blank ones left out."""
    block = []
    for line in lines:
        if (line and not line.startswith(" ")) or (ends_at_blank and not line):
            break
        block.append(line.strip())
    return [line for line in block if line]
