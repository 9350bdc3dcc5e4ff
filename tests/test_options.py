"""A parameter is declared once, where it is used; options, checks and the configuration read that declaration."""

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from mlcl_core.errors import InputError
from mlcl_core.options import Param, checked_options, declared_options


def refuse_empty(text: str) -> None:
    """Raise on a text without a letter."""
    if not text.strip():
        raise InputError("text is empty")


Share = Annotated[float, Param("A share.", ge=0, lt=1, useful=(0.0, 0.5))]
Count = Annotated[int, Param("How many.", gt=0, le=9, title="Number of things")]


def function(
    x: int,
    *,
    share: Share = 0,
    count: Count = 3,
    how: Annotated[Literal["mean", "sum"], Param("How.")] = "mean",
    name: Annotated[str, Param("Which.", choices=("a", "b"))] = "a",
    text: Annotated[str, Param("Any.", max_length=5, validate=refuse_empty)] = "any",
    on: Annotated[bool, Param("Whether.")] = False,
    other: float = 1.0,
) -> None:
    """Take one of each kind."""


@dataclass(frozen=True)
class Record:
    """The same in a record."""

    share: Share = 0.25
    count: Count = 3
    other: float = 1.0


class Section(BaseModel):
    """The same in a section of a configuration."""

    model_config = ConfigDict(allow_inf_nan=False)
    share: Share = 0.0
    count: Count = 3


def test_options_are_read_from_where_they_are_declared():
    """Of a function and of a record: name, default in its type, bounds, choices, help; what is not declared is none."""
    options = declared_options(function)
    assert list(options) == ["share", "count", "how", "name", "text", "on"]
    assert (options["share"].default, type(options["share"].default)) == (0.0, float)
    assert (options["share"].minimum, options["share"].maximum, options["share"].open_above) == (0, 1, True)
    assert options["share"].useful == (0.0, 0.5)
    assert (options["count"].is_whole, options["count"].title) == (True, "Number of things")
    assert options["how"].choices == ("mean", "sum")
    assert options["name"].choices == ("a", "b")
    assert (options["text"].is_text, options["text"].max_length) == (True, 5)
    assert options["on"].default is False
    assert list(declared_options(Record)) == ["share", "count"]
    assert declared_options(Record)["share"].default == 0.25


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"share": 1}, "thing: share is 1; it must be a number from 0 below 1"),
        ({"count": 0}, "thing: count is 0; it must be a whole number above 0 to 9"),
        ({"count": 1.5}, "thing: count is 1.5; it must be a whole number above 0 to 9"),
        ({"how": "none"}, "thing: how is 'none'; it must be one of mean, sum"),
        ({"text": "longer"}, "thing: text is 6 characters long; it must be at most 5"),
        ({"text": " "}, "text is empty"),
        ({"else": 1}, "thing has no option else; its options are: count, how, name, on, share, text"),
    ],
)
def test_bad_values_are_one_line(given, said):
    """What is wrong, and what would be right."""
    with pytest.raises(InputError, match=f"^{said}$"):
        checked_options("thing", declared_options(function), given)


@given(value=st.floats() | st.integers(-3, 12), name=st.sampled_from(["share", "count"]))
def test_the_configuration_checks_by_the_same_bounds(value, name):
    """A section with the same type takes exactly the numbers that the options take, and makes the same of them."""
    try:
        taken = checked_options("thing", declared_options(function), {name: value})[name]
    except InputError:
        with pytest.raises(ValidationError):
            Section.model_validate({name: value})
    else:
        assert getattr(Section.model_validate({name: value}), name) == taken


def test_a_declared_parameter_has_a_default():
    """Without one a form would have nothing to begin with: the programmer is told."""

    def without(*, share: Share) -> None:
        """Take a share."""

    with pytest.raises(TypeError, match="the parameter share needs a default"):
        declared_options(without)


def test_no_parameter_is_declared_twice():
    """In all sources each line of help stands once, beside its bounds: sections of the configuration import it."""
    calls = [
        node.args[0].value
        for path in (Path(__file__).parents[1] / "mlcl_core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Param"
        if node.args and isinstance(node.args[0], ast.Constant)
    ]
    assert len(calls) > 100
    assert [text for text, count in Counter(calls).items() if count > 1] == []
