"""A registry is what a module imports."""

from dataclasses import dataclass

import pytest

from mlcl_core.registry import records_in


@dataclass(frozen=True)
class Record:
    """Of any kind."""

    name: str


def test_records_keep_the_order_of_the_imports():
    """By name, in the order of the module's names; records of another kind, and everything else, are left out."""
    module = {"__name__": "module", "B": Record("b"), "other": "text", "A": Record("a"), "Record": Record}
    assert list(records_in(module, Record)) == ["b", "a"]


def test_a_record_may_be_imported_twice():
    """Under two names it is one record."""
    one = Record("a")
    assert records_in({"__name__": "module", "A": one, "B": one}, Record) == {"a": one}


def test_two_records_of_one_name_are_an_error():
    """Neither hides the other."""
    with pytest.raises(ValueError, match="two records of module are named 'a'"):
        records_in({"__name__": "module", "A": Record("a"), "B": Record("a")}, Record)
