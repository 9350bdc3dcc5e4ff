"""jaccard by hand: the share itself, its threshold, power and epsilon, and its edge cases."""

import pytest
import torch

from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import labels

RULE = RULES["jaccard"]
ANCHOR = labels("1100")
OTHERS = labels("1100", "1000", "0110", "1111", "0011")


@reference.rule(normalise="count")
def jaccard(S, T, available, options):
    """MultiSupCon and Base: J above a threshold, to a power."""
    union = len(S | T) + options.get("epsilon", 0.0)
    share = len(S & T) / union if union else 0.0
    threshold = options.get("threshold", 0.0)
    positive = share >= threshold if options.get("inclusive", False) else share > threshold
    return share ** options.get("power", 1.0) if positive and S & T else 0.0, positive


def weights(**params):
    """Weights of S = {a, b} against equal, half, a third, half and nothing."""
    return RULE.weights(ANCHOR, OTHERS, dtype=torch.float64, **params)


def test_by_hand():
    """J = 2/2, 1/2, 1/3, 2/4, 0/4; a positive as soon as something is shared."""
    assert weights().attract.tolist() == [[1, 1 / 2, 1 / 3, 1 / 2, 0]]
    assert weights().positive.tolist() == [[True, True, True, True, False]]


def test_threshold_excludes_ties_unless_inclusive():
    """At threshold 1/2 the pairs with exactly 1/2 count only when inclusive."""
    assert weights(threshold=0.5).attract.tolist() == [[1, 0, 0, 0, 0]]
    assert weights(threshold=0.5).positive.tolist() == [[True, False, False, False, False]]
    assert weights(threshold=0.5, inclusive=True).attract.tolist() == [[1, 0.5, 0, 0.5, 0]]


def test_inclusive_zero_counts_every_pair():
    """Threshold 0, inclusive: a disjoint pair is a positive of weight 0, as the published code has it."""
    assert weights(inclusive=True).positive.all()
    assert weights(inclusive=True).attract.tolist() == weights().attract.tolist()


def test_power():
    """Power 2 squares the share; power 0 makes every positive weigh 1 and leaves the others at 0."""
    assert weights(power=2.0).attract[0].tolist() == pytest.approx([1, 1 / 4, 1 / 9, 1 / 4, 0])
    assert weights(power=0.0).attract.tolist() == [[1, 1, 1, 1, 0]]


def test_epsilon_enlarges_the_union():
    """With epsilon 1e-3 the share of twins is 2 / 2.001."""
    assert weights(epsilon=1e-3).attract[0, 0].item() == pytest.approx(2 / 2.001, rel=1e-15)


@pytest.mark.parametrize("epsilon", [0.0, 1e-8])
def test_two_items_without_labels(epsilon):
    """Edge case: J of two empty sets is 0, not 0/0."""
    empty = labels("000")
    assert RULE.weights(empty, empty, epsilon=epsilon).attract.tolist() == [[0]]
    assert not RULE.weights(empty, empty, epsilon=epsilon).positive.any()
