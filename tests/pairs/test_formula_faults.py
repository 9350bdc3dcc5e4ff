"""Faults of a formula by hand: which pairs divide by zero, are not finite or negative, and the first of them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.errors import InputError
from mlcl_core.pairs import RULES
from mlcl_core.pairs.formula_faults import FormulaFault, formula_faults
from tests.cases import labels

Y = labels(
    "110", "110", "011", "000", "100"
)  # {a, b} twice, {b, c}, nothing, {a}: 5 pairs share a label, each two ways


def faults(expression, **options):
    """Those of the five items among each other, without the pairs of an item with itself."""
    return formula_faults(Y, Y, expression=expression, self_index=torch.arange(5), **options)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("both / s / (1 + only_t)", []),
        # T has nothing beyond S: the equal pair twice, and {a} beside both {a, b}
        ("both / only_t", [FormulaFault("divides by zero", 4, 10, (0, 1), "only_t")]),
        # nothing beyond the other on one side at least: all but {a, b} with {b, c}
        (" both / (only_s * only_t)", [FormulaFault("divides by zero", 6, 10, (0, 1), "only_s * only_t")]),
        # one label in common: log(0)
        ("log(both - 1)", [FormulaFault("is not finite", 8, 10, (0, 2))]),
        # two in common
        ("1 - both", [FormulaFault("is negative", 2, 10, (0, 1))]),
        # a value where the divisor is 0
        ("where(only_t > 0, both / only_t, 1)", []),
        ("1 / (1 / only_t)", []),
        # each pair once: the equal ones divide by zero, the others are negative
        (
            "-both / (only_s + only_t)",
            [
                FormulaFault("divides by zero", 2, 10, (0, 1), "only_s + only_t"),
                FormulaFault("is negative", 8, 10, (0, 2)),
            ],
        ),
    ],
)
def test_by_hand(expression, expected):
    """How many of the ten pairs that share a label, and the first of them in reading order."""
    assert faults(expression) == expected


def test_pairs_that_cannot_be_positive_have_no_fault():
    """A divisor that is 0 between disjoint sets matters only where they may be positive."""
    assert faults("s / both") == []
    (fault,) = faults("s / both", positive="any")
    assert (fault.pairs, fault.among, fault.divisor) == (2, 12, "both")  # {a} and {b, c}


def test_bad_formulas_are_refused():
    """As by the rule itself."""
    with pytest.raises(InputError, match="column 8: unknown name 'foo'"):
        faults("both / foo")


@given(
    st.sampled_from(["both / only_t", "log(only_s)", "1 - both", "sqrt(only_s - only_t)", "both / (s - t) / only_s"])
)
def test_faults_are_the_pairs_without_a_weight_that_training_leaves_out(expression):
    """None of them is a positive of the rule, and what is neither faulty nor 0 is one."""
    weights = RULES["formula"].weights(Y, Y, self_index=torch.arange(5), expression=expression)
    found = faults(expression)
    assert all(not weights.positive[fault.first] for fault in found)
    shared = (Y.float() @ Y.float().T > 0) & ~torch.eye(5, dtype=torch.bool)
    assert sum(fault.pairs for fault in found) <= int((shared & ~weights.positive).sum())
