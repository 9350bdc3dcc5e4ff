"""Faults of a formula in words: how many pairs, the first with its label sets, and what to write instead."""

import pytest

from dashboard.figures.batch_sources import example_batch
from dashboard.figures.formula_words import fault_words
from dashboard.figures.methods import Method
from dashboard.figures.relations import faults, verdict

PROVES = {
    "test_what_is_said": ("Such a pair gets weight 0 and is not a positive.", "{…} no finite value"),
    "test_what_is_advised_has_no_fault": (
        "Divide by `max({fault.divisor}, 1)`, or choose a value there: `where({fault.divisor} > 0, …, 1)`.",
        "Write `max(…, 0)` if that is meant; else add what keeps it above 0.",
        "A logarithm needs a number above 0, such as `log(1 + both)`; a root or a power one that is not negative.",
    ),
}
BATCH = example_batch("relations", key="k", readiness="learning", seed=0)


def formula(expression):
    """The rule with a formula."""
    return Method("formula", {"expression": expression})


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (
            "both / only_t",
            "**A**: 13 of the 34 pairs that may be positive divide by zero (`only_t`), first anchor 1 {sky, sea} with "
            "2 {sky, sea}.",
        ),
        ("log(both - 1)", "have no finite value, first anchor 1 {sky, sea} with 4 {sky}."),
        ("1 - both", "have a negative value, first anchor 1 {sky, sea} with 2 {sky, sea}."),
    ],
)
def test_what_is_said(expression, said):
    """The count, the first pair with both sets; the method gives that pair no weight."""
    found = faults(BATCH, formula(expression))
    (line,) = fault_words("A", BATCH, found)
    assert said in line.replace("\\", "")
    terms = verdict(BATCH, formula(expression)).terms
    assert terms.attract[found[0].first] == 0
    assert not terms.positive[found[0].first]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("both / only_t", "both / max(only_t, 1)"),
        ("both / only_t", "where(only_t > 0, both / only_t, 1)"),
        ("1 - both", "max(1 - both, 0)"),
        ("log(both - 1)", "log(1 + both)"),
        ("sqrt(only_s - only_t)", "sqrt(only_s)"),
        ("(only_s - only_t) ** 0.5", "only_s ** 0.5"),
    ],
)
def test_what_is_advised_has_no_fault(wrong, right):
    """Each piece of advice, followed."""
    assert faults(BATCH, formula(wrong))
    assert not faults(BATCH, formula(right))


def test_other_methods_have_none():
    """Rules of the Lab give each pair a weight; a formula that cannot be read is refused elsewhere."""
    assert faults(BATCH, Method("jaccard")) == faults(BATCH, formula("both /")) == []
