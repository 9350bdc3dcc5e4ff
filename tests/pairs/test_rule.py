"""What all rules share: the loops, self-exclusion, tiles, autocast, options, the registry."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies

from mlcl_core.errors import InputError
from mlcl_core.losses.jaccard_denominator import OVERLAP_COMPETES
from mlcl_core.losses.proto_only import PROTOTYPES_ALONE
from mlcl_core.losses.stepwise_label import STEPWISE_RULE
from mlcl_core.pairs import RULES, Kind, Rule, inverse_frequency
from mlcl_core.pairs.relations import prepare
from mlcl_core.pairs.self_pairs import self_pairs
from tests import reference
from tests.cases import (
    CASES,
    DEVICES,
    DTYPES,
    TOLERANCE,
    VARIANT_IDS,
    VARIANTS,
    label_matrices,
    label_weights,
    labels,
    random_labels,
)


def assert_weights(given, expected, dtype):
    """Attract, compete and positive equal the loops' arrays."""
    for field, array in zip(("attract", "compete", "positive"), expected, strict=True):
        tensor = getattr(given, field)
        assert tensor.dtype == (torch.bool if field == "positive" else dtype)
        np.testing.assert_allclose(
            tensor.cpu().numpy(), array, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype], err_msg=field
        )


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize(("name", "params"), VARIANTS, ids=VARIANT_IDS)
def test_equal_to_the_loops(name, params, dtype, device):
    """Every rule with every option equals the loops on every case, with and without self-exclusion."""
    for y in CASES.values():
        options = {**params, **label_weights(name, params, y)}
        for own in (None, torch.arange(len(y))):
            given = RULES[name].weights(
                y.to(device), y.to(device), self_index=None if own is None else own.to(device), dtype=dtype, **options
            )
            assert_weights(given, reference.weights(name, y, y, own, **options), dtype)


@pytest.mark.parametrize(("name", "params"), VARIANTS, ids=VARIANT_IDS)
def test_rectangular_equal_to_the_loops(name, params):
    """Anchors against other items, some of them the anchors themselves (index), others not (-1)."""
    y_other = random_labels(12, 6, 0.35, 4)
    own = torch.tensor([7, -1, 0, 11, -1])
    y_anchor = random_labels(5, 6, 0.5, 5)
    y_anchor[own >= 0] = y_other[own[own >= 0]]
    options = {**params, **label_weights(name, params, y_other)}
    given = RULES[name].weights(y_anchor, y_other, self_index=own, dtype=torch.float64, **options)
    assert_weights(given, reference.weights(name, y_anchor, y_other, own, **options), torch.float64)


@pytest.mark.parametrize(("name", "params"), VARIANTS, ids=VARIANT_IDS)
def test_tiles_equal_the_whole(name, params):
    """Rows in uneven tiles, with the counts over all references prepared once, are those of the square."""
    y = random_labels(13, 7, 0.3, 6)
    rule, own = RULES[name], torch.arange(13)
    params = {**params, **label_weights(name, params, y)}
    whole = rule.weights(y, y, self_index=own, **params)
    prepared = prepare(y)
    for start, stop in ((0, 4), (4, 9), (9, 13)):
        tile = rule.weights(y[start:stop], y, self_index=own[start:stop], prepared=prepared, **params)
        for field in ("compete", "positive"):
            assert torch.equal(getattr(tile, field), getattr(whole, field)[start:stop])
        # equal bits but for powers, which are computed differently in the remainder of a vector register
        torch.testing.assert_close(tile.attract, whole.attract[start:stop], rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", RULES)
def test_self_index(name):
    """Only the named column is left out of positives, weights and normaliser; -1 and None exclude nothing."""
    y = labels("11", "11", "11")
    weights = RULES[name].weights(y[:2], y, self_index=torch.tensor([2, -1]))
    assert weights.compete.tolist() == [[1, 1, 0], [1, 1, 1]]
    assert weights.positive.tolist() == [[True, True, False], [True, True, True]]
    assert weights.attract[0, 2] == 0
    nothing = RULES[name].weights(y[:2], y)
    minus_one = RULES[name].weights(y[:2], y, self_index=torch.tensor([-1, -1]))
    assert torch.equal(nothing.attract, minus_one.attract)
    assert nothing.compete.all()


@pytest.mark.parametrize("name", RULES)
def test_empty_match(name):
    """With empty_match two empty sets are positives of weight 1, except an item with itself; no other pair changes."""
    y = labels("00", "10", "00")
    off = RULES[name].weights(y, y, self_index=torch.arange(3))
    on = RULES[name].weights(y, y, self_index=torch.arange(3), empty_match=True)
    assert not off.positive[0].any()
    assert on.positive.tolist() == [[False, False, True], [False, False, False], [True, False, False]]
    assert on.attract.tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("name", RULES)
def test_autocast_changes_nothing(name):
    """Under bfloat16 autocast, with more labels than bfloat16 can count, the weights keep every bit."""
    y = random_labels(6, 700, 0.8, 7)
    plain = RULES[name].weights(y, y, self_index=torch.arange(6))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = RULES[name].weights(y, y, self_index=torch.arange(6), prepared=prepare(y))
    assert torch.equal(plain.attract, inside.attract)
    assert torch.equal(plain.positive, inside.positive)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_a_loop(name):
    """A rule without a loop in its own test, or filed under another name than its own, would go untested."""
    assert RULES[name].name == name
    assert RULES[name].normalise == reference.loop_of(name).normalise


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_records_are_complete(rule: Rule):
    """Every text that forms and tables read is there, formula and edge cases included; every default is allowed."""
    assert all((rule.title, rule.formula, rule.summary, rule.source, rule.when_to_use, rule.edge_cases))
    defaults = {key: option.default for key, option in rule.params.items()}
    assert rule.check({}) == {**defaults, "empty_match": False}
    assert rule.check(defaults) == rule.check({})
    for option in rule.params.values():
        assert option.help.endswith(".")


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("any_shared", {"threshold": 0.5}, "rule any_shared has no option threshold; its options are: empty_match"),
        ("jaccard", {"threshold": 1.5}, "rule jaccard: threshold is 1.5; it must be a number from 0 to 1"),
        ("jaccard", {"power": float("nan")}, "rule jaccard: power is nan"),
        ("jaccard", {"power": float("inf")}, "rule jaccard: power is inf"),
        ("jaccard", {"threshold": "0.5"}, "rule jaccard: threshold is '0.5'"),
        ("jaccard", {"threshold": True}, "rule jaccard: threshold is True"),
        ("jaccard", {"inclusive": 1}, "rule jaccard: inclusive is 1; it must be true or false"),
        ("mulsupcon", {"rows": "labels"}, "rows is 'labels'; it must be one of per_label, per_anchor"),
        ("similarity_dissimilarity", {"factors": None}, "factors is None; it must be one of both"),
        ("all_equal", {"empty_match": "yes"}, "empty_match is 'yes'; it must be true or false"),
    ],
)
def test_unknown_and_impossible_options_are_refused(name, params, message):
    """One line names the rule, the option, the value and what is allowed."""
    y = labels("10", "01")
    with pytest.raises(InputError) as caught:
        RULES[name].weights(y, y, **params)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", RULES)
def test_label_numbers_that_differ_are_refused(name):
    """Anchors and references with different numbers of labels are an error in every rule."""
    with pytest.raises(InputError, match="labels"):
        RULES[name].weights(labels("10"), labels("100"))


@pytest.mark.usefixtures("unchecked")
def test_kinds_that_do_not_fit_are_refused():
    """A kind for every reference, or an error."""
    y = labels("10", "01")
    with pytest.raises(InputError, match="kind has 3 codes for 2 references"):
        RULES["msc"].weights(y, y, kind=torch.zeros(3, dtype=torch.uint8))


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.compete is None])
def test_rules_without_compete_treat_all_kinds_alike(name):
    """A prototype is an item with one label, unless the rule defines what competes."""
    y = random_labels(8, 4, 0.4, 7)
    kind = torch.tensor([0, 1, 2, 3, 3, 2, 1, 0], dtype=torch.uint8)
    with_kinds, without = RULES[name].weights(y, y, kind=kind), RULES[name].weights(y, y)
    for field in ("attract", "compete", "positive"):
        assert torch.equal(getattr(with_kinds, field), getattr(without, field))


def test_nothing_in_the_normaliser():
    """A rule may leave an anchor without a competitor: tiles report it as the whole does, without the self pair."""

    def equal_sets_alone(pairs):
        return (pairs.counts.union == pairs.counts.shared).float() * 0.1

    rule = replace(RULES["any_shared"], compete=equal_sets_alone)
    y, own = labels("110", "110", "011", "100"), torch.arange(4)
    tile = rule.tile(y, y, own=self_pairs(own), prepared=None, dtype=torch.float32, params={"empty_match": False})
    assert tile.has_competitor().tolist() == [True, True, False, False]
    assert tile.whole().has_competitor().tolist() == [True, True, False, False]


OF_LOSSES = (STEPWISE_RULE, OVERLAP_COMPETES, PROTOTYPES_ALONE)


@pytest.mark.parametrize(("rule", "params"), [(RULES[name], params) for name, params in VARIANTS]
                         + [(rule, {}) for rule in OF_LOSSES])  # fmt: skip
@given(label_matrices(max_items=9, max_labels=6), strategies.booleans())
@settings(max_examples=6)
def test_weights_stay_within_the_reach(rule, params, y, prototypes):
    """No positive weighs more, or less, than the rule says it can, and weights of 0 on positives are announced."""
    n, c = y.shape
    others = torch.cat([y, torch.eye(c, dtype=torch.bool)]) if prototypes else y
    kind = torch.tensor([Kind.ITEM] * n + [Kind.PROTOTYPE] * (len(others) - n), dtype=torch.uint8)
    checked = rule.check(params)
    weights = rule.weights(
        y,
        others,
        self_index=torch.arange(n),
        kind=kind if prototypes else None,
        label_weights=inverse_frequency(y.sum(0)),
        dtype=torch.float64,
        **checked,
    )
    reach = rule.log_reach(checked, c, len(others))
    found = torch.cat([weights.attract[weights.positive], weights.compete.flatten()])
    assert (found[found > 0].log().abs() <= reach + 1e-9).all()
    assert reach == inf or (weights.attract[weights.positive] > 0).all()


def test_the_reach_of_a_rule_that_tells_none():
    """It is infinite: the weights themselves are looked at."""
    assert replace(RULES["any_shared"], reach=None).log_reach({}, 3, 4) == inf
