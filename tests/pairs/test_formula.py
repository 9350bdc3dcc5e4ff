"""formula by hand: the counts of a pair, its positives, values that are not weights."""

from math import exp

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import embeddings, labels

RULE = RULES["formula"]
ANCHOR = labels("11100")  # {a, b, c}
OTHERS = labels("11100", "11000", "00111", "00010", "00000")


# the formulas of the tests, written again in Python
FORMULAS = {
    "both / either": lambda S, T, v: len(S & T) / len(S | T),
    "both / max(s, t)": lambda S, T, v: len(S & T) / max(len(S), len(T)),
    "both / s / (1 + only_t)": lambda S, T, v: reference.similarity_factor(S, T) * reference.dissimilarity_factor(S, T),
    "where(s == t, 1, 0.5)": lambda S, T, v: 1.0 if len(S) == len(T) else 0.5,
    "exp(-only_s - only_t)": lambda S, T, v: exp(-len(S ^ T)),
    "rare / either": lambda S, T, v: sum(float(v[label]) for label in S & T) / len(S | T),
}


@reference.rule(normalise="count")
def formula(S, T, available, options):
    """A formula of the user; an item without labels has no positives, a value of 0 is not a positive."""
    disjoint_too = options.get("positive", "shared") == "any"
    if not S or not T or not (S & T or disjoint_too):
        return 0.0, False
    value = FORMULAS[options.get("expression", "both / either")](S, T, options.get("label_weights"))
    return value, value > 0


def weights(expression, positive="shared", dtype=torch.float64):
    """The formula on {a, b, c} against equal, subset, overlap, disjoint and nothing."""
    return RULE.weights(ANCHOR, OTHERS, expression=expression, positive=positive, dtype=dtype)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("s", [3, 3, 3, 3]),
        ("t", [3, 2, 3, 1]),
        ("both", [3, 2, 1, 0]),
        ("only_s", [0, 1, 2, 3]),
        ("only_t", [0, 0, 2, 1]),
        ("either", [3, 3, 5, 4]),
        ("labels", [5, 5, 5, 5]),
        ("1 - (only_s + only_t) / labels", [1, 4 / 5, 1 / 5, 1 / 5]),
        ("where(both == s, 2, 1 / t)", [2, 1 / 2, 1 / 3, 1]),
        ("0.5", [0.5, 0.5, 0.5, 0.5]),
        (" 0.5 ", [0.5, 0.5, 0.5, 0.5]),
    ],
)
def test_by_hand(expression, expected):
    """Each count of each pair; the item without labels has weight 0; 0 is not a positive."""
    given = weights(expression, "any")
    assert given.attract[0].tolist() == pytest.approx([*expected, 0])
    assert given.positive[0].tolist() == [value > 0 for value in (*expected, 0)]


def test_shared_leaves_disjoint_pairs_out():
    """By default a disjoint pair is not a positive, whatever its value."""
    assert weights("1").attract.tolist() == [[1, 1, 1, 0, 0]]
    assert weights("1", "any").attract.tolist() == [[1, 1, 1, 1, 0]]
    assert weights("1", "any").positive.tolist() == [[True, True, True, True, False]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "expression",
    ["0 / 0", "1 / 0", "-both", "log(0)", "sqrt(-1)", "(-8) ** (1/3)", "exp(1000)", "exp(1000) - exp(1000)", "1e-30"],
)
def test_invalid_values_become_zero(expression, dtype):
    """NaN, infinite, negative and too small values are weight 0 and not positive."""
    given = weights(expression, "any", dtype)
    assert not given.attract.any()
    assert not given.positive.any()


def test_large_values_count_as_the_largest():
    """1e20 counts as 1e9."""
    assert weights("1e20").attract.tolist() == [[1e9, 1e9, 1e9, 0, 0]]


def test_empty_match_overrides_the_formula():
    """Two items without labels are positives of weight 1 with empty_match, whatever the formula says of them."""
    empty = labels("00", "00")
    for expression in ("0", "7", "both / s"):
        on = RULE.weights(empty, empty, self_index=torch.arange(2), expression=expression, empty_match=True)
        assert on.attract.tolist() == [[0, 1], [1, 0]]
    assert not RULE.weights(empty, empty, expression="7", positive="any").positive.any()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "both +  foo",
            "formula: column 9: unknown name 'foo'; there are: s, t, both, only_s, only_t, either, labels, rare",
        ),
        ("s" * 501, "rule formula: expression is 501 characters long; it must be at most 500"),
        (True, "rule formula: expression is True; it must be text"),
        (None, "rule formula: expression is None; it must be text"),
    ],
)
def test_mistakes_are_refused_before_anything_is_built(expression, message):
    """A loss is not built with a formula that cannot be read."""
    with pytest.raises(InputError) as caught:
        build_loss("weighted_supcon", rule="formula", rule_params={"expression": expression})
    assert str(caught.value) == message


def test_a_number_is_a_text():
    """The command line passes expression=1 as a number, which is read as the formula "1"."""
    assert RULE.check({"expression": 1})["expression"] == "1"
    assert RULE.weights(ANCHOR, OTHERS, expression=0.5).attract.tolist() == [[0.5, 0.5, 0.5, 0, 0]]


@pytest.mark.parametrize("placement", ["inside_sum", "numerator_and_denominator"])
@pytest.mark.parametrize("expression", ["1e9", "2e-9"])
@pytest.mark.parametrize("normalise", ["count", "weight_sum"])
def test_the_largest_and_smallest_weights_train(placement, expression, normalise):
    """Loss and gradient are finite in float32 at the limits of weight and temperature."""
    y = labels("1").expand(300, 1).contiguous()
    z = torch.ones(300, 4, requires_grad=True)
    params = {"expression": expression}
    for temperature in (1 / 69, 1e-3):
        loss = build_loss(
            "weighted_supcon",
            rule="formula",
            rule_params=params,
            placement=placement,
            normalise=normalise,
            temperature=temperature,
        )(z, y)
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(z.grad).all()


def test_a_formula_trains_like_the_rule_it_equals():
    """Value and gradient of the loss equal those of similarity_dissimilarity."""
    y, found = labels("110", "100", "111", "011", "001"), []
    for options in (
        {"rule": "similarity_dissimilarity"},
        {"rule": "formula", "rule_params": {"expression": "both / s / (1 + only_t)"}},
    ):
        z = embeddings(5).requires_grad_()
        loss = build_loss("weighted_supcon", **options)(z, y)
        loss.backward()
        found.append((loss.detach(), z.grad))
    torch.testing.assert_close(found[0], found[1])
