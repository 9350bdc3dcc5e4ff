"""Formula and sections are read from the docstring that holds them."""

import pytest

from mlcl_core.docstrings import formula_of, section_of


def described() -> None:
    r"""Do something.

    .. math:: w_{ij} = \frac{|S \cap T|}{|S|} \qquad
        P = 1

    .. math:: second = 2

    Args:
        x: Anything.

    Edge cases:
        No item: 0 (unless ``empty_match``).

        More than fits: see :func:`other`.

    References:
        A paper.
    """


class Base:
    r"""A base.

    .. math:: a
    """


Derived = type("Derived", (Base,), {})


class Short:
    """One line alone."""


def test_the_first_formula_is_one_line():
    """Continued lines are joined; a second formula is not part of the first."""
    assert formula_of(described) == r"w_{ij} = \frac{|S \cap T|}{|S|} \qquad P = 1"


def test_a_section_is_one_markdown_paragraph():
    """Blank lines do not end a section, the next title does; literals and references are code."""
    assert section_of(described, "Edge cases") == "No item: 0 (unless `empty_match`). More than fits: see `other`."
    assert section_of(described, "References") == "A paper."


@pytest.mark.parametrize("owner", [Derived, Short, lambda: None])
def test_what_is_not_written_is_empty(owner):
    """Neither a base class nor another section answers for what is missing."""
    assert formula_of(owner) == section_of(owner, "Edge cases") == section_of(owner, "Args") == ""
