"""Rules as expressions over counts: the lines that a kernel computes equal the rule's tensors, formulas included."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcl_core.errors import InputError
from mlcl_core.losses.core.fused.expression import count_expression
from mlcl_core.pairs import RULES
from tests.cases import VARIANT_IDS, VARIANTS, random_labels
from tests.losses.core.formulas import FORMULAS

BY_LABEL = {"mulsupcon", "msc", "overlap_ratio"}
TL = SimpleNamespace(
    float32=torch.float32,
    PropagateNan=SimpleNamespace(ALL=None),
    maximum=lambda a, b, propagate_nan: torch.maximum(*_tensors(a, b)),
    minimum=lambda a, b, propagate_nan: torch.minimum(*_tensors(a, b)),
    where=torch.where,
    exp=torch.exp,
    log=torch.log,
    sqrt=torch.sqrt,
    abs=torch.abs,
)


def _tensors(a, b):
    return torch.as_tensor(a, dtype=torch.float32), torch.as_tensor(b, dtype=torch.float32)


def run(source, arguments):
    """The returned values of the lines of an expression, with torch in place of Triton."""
    names = {"tl": TL, "reciprocal": lambda x: 1 / x, "power": torch.pow}
    exec(f"def f({', '.join(arguments)}):\n" + "".join(f"    {line}\n" for line in source.splitlines()), names)
    return names["f"](**arguments)


def compare(rule, params, y):
    """Attract, positive and compete of the expression equal the rule's, self pairs included."""
    expression = count_expression(rule, params, y.shape[1])
    expected = rule.tile(y, y, own=None, prepared=None, dtype=torch.float32, params=params).whole()
    label = y.float()
    s = label.sum(1)
    above, below, positive, compete = run(expression.source, {"m": label @ label.T, "s": s[:, None], "t": s[None, :]})
    own = run(expression.own, {"s": s})
    torch.testing.assert_close(above / below * own[:, None], expected.attract, rtol=1e-5, atol=1e-7)
    assert torch.equal(positive > 0, expected.positive)
    torch.testing.assert_close(torch.as_tensor(compete).expand_as(expected.compete), expected.compete)
    assert expression.competes == (rule.compete is not None)
    assert expression.fraction == (below != 1 if isinstance(below, float) else True)


@pytest.mark.parametrize(("name", "params"), VARIANTS, ids=VARIANT_IDS)
def test_equal_to_the_rule(name, params):
    """Every rule with every option that is a function of the counts; rules that share out or weigh labels are none."""
    rule = RULES[name]
    if name in BY_LABEL or rule.needs_label_weights(rule.check(params)):
        assert count_expression(rule, rule.check(params), 6) is None
    else:
        compare(rule, rule.check(params), random_labels(20, 6, 0.35, 3))


@settings(max_examples=25, deadline=None)
@given(formula=FORMULAS, positive=st.sampled_from(["shared", "any"]))
def test_any_formula_becomes_an_expression(formula, positive):
    """Formulas drawn at random, infinite and undefined values included, have the weights of the rule."""
    rule = RULES["formula"]
    try:
        params = rule.check({"expression": formula, "positive": positive})
    except InputError:
        return
    compare(rule, params, random_labels(9, 4, 0.5, 5))


def test_one_division_for_both_roles():
    """The paper's weight: numerator m, the factor of the anchor apart, one denominator for each pair."""
    rule = RULES["similarity_dissimilarity"]
    expression = count_expression(rule, rule.check({}), 80)
    assert (expression.fraction, expression.owned, expression.symmetric, expression.competes) == (
        True,
        True,
        True,
        False,
    )
