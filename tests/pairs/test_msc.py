"""msc by hand: with prototypes and without, what competes, its edge cases; sums of the weights."""

import pytest
import torch
from hypothesis import given, strategies

from mlcl_core.pairs import RULES, Kind
from tests import reference
from tests.cases import CASES, label_matrices, labels

RULE = RULES["msc"]
# anchor {a, b}; {a}; the prototypes of a and b
Y = labels("11", "10", "10", "01")
KIND = torch.tensor([Kind.ITEM, Kind.ITEM, Kind.PROTOTYPE, Kind.PROTOTYPE], dtype=torch.uint8)
OWN = torch.tensor([0])


def msc_compete(S, T, options):
    """MSC: items count beta, prototypes 1; without prototypes among all others every item counts 1."""
    return options.get("beta", 0.1) if options["any_prototype"] and not options["prototype"] else 1.0


@reference.rule(normalise="labels", compete=msc_compete)
def msc(S, T, available, options):
    """Audibert et al., MSC: sum over shared l of v / n_il; v = alpha / |S or T| for items, 1 for prototypes."""
    alpha, epsilon = options.get("alpha", 1.0), options.get("epsilon", 0.0)

    def v(labels, prototype):
        return 1.0 if prototype else alpha / len(S | labels)

    weight = 0.0
    for label in S & T:
        carriers = [(T_k, p) for T_k, p in zip(available, options["prototypes"], strict=True) if label in T_k]
        n_il = sum(v(T_k, p) for T_k, p in carriers)
        weight += v(T, options["prototype"]) / (n_il + epsilon) if n_il else 0.0
    return weight, weight > 0


def with_prototypes(y):
    """A batch and the prototypes of its labels: label rows, kinds, and each item's own column."""
    n, c = y.shape
    kind = torch.tensor([Kind.ITEM] * n + [Kind.PROTOTYPE] * c, dtype=torch.uint8)
    return torch.cat([y, torch.eye(c, dtype=torch.bool)]), kind, torch.arange(n)


def test_by_hand():
    """v = 1/2 for {a} and 1 for prototypes: n_a = 3/2, n_b = 1, so w = 1/3, 2/3, 1."""
    weights = RULE.weights(Y[:1], Y, self_index=OWN, kind=KIND, dtype=torch.float64)
    assert weights.attract[0].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert weights.positive[0].tolist() == [False, True, True, True]
    assert weights.compete[0].tolist() == [0, 0.1, 1, 1]


def test_alpha_by_hand():
    """alpha 2: {a} has value 1, so it gets the share of a's prototype; alpha 0: prototypes alone are positives."""
    double = RULE.weights(Y[:1], Y, self_index=OWN, kind=KIND, alpha=2, dtype=torch.float64)
    assert double.attract[0].tolist() == pytest.approx([0, 1 / 2, 1 / 2, 1])
    alone = RULE.weights(Y[:1], Y, self_index=OWN, kind=KIND, alpha=0)
    assert alone.attract[0].tolist() == [0, 0, 1, 1]
    assert alone.positive[0].tolist() == [False, False, True, True]


def test_epsilon_is_added_to_what_a_label_hands_out():
    """n_a = 1.5 + 1e-3, n_b = 1 + 1e-3."""
    weights = RULE.weights(Y[:1], Y, self_index=OWN, kind=KIND, epsilon=1e-3, dtype=torch.float64)
    assert weights.attract[0].tolist() == pytest.approx([0, 0.5 / 1.501, 1 / 1.501, 1 / 1.001], rel=1e-14)


def test_without_prototypes():
    """{a, b}, {a}, {a, c}: v = 1/2 and 1/3, so w = 3/5 and 2/5 whatever alpha; beta weighs nothing."""
    y = labels("110", "100", "101")
    for options in ({}, {"alpha": 0.01}, {"beta": 7}):
        weights = RULE.weights(y[:1], y, self_index=OWN, dtype=torch.float64, **options)
        assert weights.attract[0].tolist() == pytest.approx([0, 3 / 5, 2 / 5])
        assert weights.compete[0].tolist() == [0, 1, 1]


def test_keys_and_queue_are_items():
    """Only prototypes have value 1 and compete with 1."""
    kind = torch.tensor([Kind.KEY, Kind.QUEUE, Kind.PROTOTYPE, Kind.PROTOTYPE], dtype=torch.uint8)
    weights = RULE.weights(Y[:1], Y, kind=kind, dtype=torch.float64)
    # the own key has value 1/2 as {a} has: n_a = 2, n_b = 3/2
    assert weights.attract[0].tolist() == pytest.approx([1 / 4 + 1 / 3, 1 / 4, 1 / 2, 2 / 3])
    assert weights.compete[0].tolist() == pytest.approx([0.1, 0.1, 1, 1])


def test_a_lonely_label_goes_to_its_prototype():
    """Edge case: a label that no other item carries adds nothing without prototypes, and 1 to its own with them."""
    y, kind, own = with_prototypes(labels("10", "01"))
    assert RULE.weights(y[:2], y[:2], self_index=own).attract.tolist() == [[0, 0], [0, 0]]
    assert not RULE.weights(y[:2], y[:2], self_index=own).positive.any()
    assert RULE.weights(y[:2], y, self_index=own, kind=kind).attract.tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


@given(label_matrices(), strategies.sampled_from([0.0, 0.5, 1.0, 100.0]))
def test_with_prototypes_weights_sum_to_the_number_of_labels(y, alpha):
    """Each label contributes 1: the weights of an anchor sum to |S|, also where S is empty."""
    others, kind, own = with_prototypes(y)
    total = RULE.weights(y, others, self_index=own, kind=kind, alpha=alpha, dtype=torch.float64).attract.sum(1)
    torch.testing.assert_close(total, y.sum(1).double(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("rule", ["msc", "overlap_ratio", "mulsupcon"])
@pytest.mark.parametrize("params", [{}, {"epsilon": 1e-8}, {"alpha": 0.3}])
def test_with_prototypes_equal_to_the_loops(rule, params):
    """Attract, compete and positive against a batch and its prototypes, on every case."""
    if rule == "mulsupcon":
        params = {name: value for name, value in params.items() if name != "alpha"}
    for y in CASES.values():
        others, kind, own = with_prototypes(y)
        given = RULES[rule].weights(y, others, self_index=own, kind=kind, dtype=torch.float64, **params)
        expected = reference.weights(rule, y, others, own, kind, **params)
        for field, array in zip(("attract", "compete", "positive"), expected, strict=True):
            torch.testing.assert_close(getattr(given, field), torch.from_numpy(array), rtol=1e-12, atol=1e-14)
