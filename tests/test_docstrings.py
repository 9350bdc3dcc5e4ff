"""Formula and sections are read from the docstrings that hold them."""

from mlcl_core.docstrings import formula_of, section_of


def documented() -> None:
    r"""Say something.

    .. math:: a = b
        + c

    .. math:: d

    Args:
        x: Anything.

    Edge cases:
        Without ``x`` the value
        is 0.
    Relations:
        None.
    """


def test_formula_and_section_are_one_line():
    """The first block alone, and the lines of one section; literals are written as Markdown has them."""
    assert formula_of(documented) == "a = b + c"
    assert section_of(documented, "Edge cases") == "Without `x` the value is 0."
    assert section_of(documented, "Relations") == "None."


def test_what_is_missing_is_empty():
    """No block, no such section, no docstring."""
    assert formula_of(test_what_is_missing_is_empty) == ""
    assert section_of(documented, "Edge") == ""
    assert (formula_of(lambda: None), section_of(lambda: None, "Args")) == ("", "")
