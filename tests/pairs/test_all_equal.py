"""all_equal by hand, and its edge cases."""

import torch

from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import labels

RULE = RULES["all_equal"]


@reference.rule(normalise="count")
def all_equal(S, T, available, options):
    """ALL: 1[S = T], two empty sets not counted."""
    positive = S == T and len(S) > 0
    return float(positive), positive


def test_by_hand():
    """Only the twin of {a, b} counts, not its subset and not its superset."""
    weights = RULE.weights(labels("110"), labels("110", "100", "111", "001"))
    assert weights.attract.tolist() == [[1, 0, 0, 0]]
    assert weights.positive.tolist() == [[True, False, False, False]]
    assert weights.compete.tolist() == [[1, 1, 1, 1]]


def test_two_items_without_labels():
    """Edge case: two empty sets are equal, but positives only with empty_match."""
    empty = labels("00")
    assert RULE.weights(empty, empty).attract.tolist() == [[0]]
    assert not RULE.weights(empty, empty).positive.any()
    assert RULE.weights(empty, empty, empty_match=True).attract.tolist() == [[1]]


def test_unique_label_sets_have_no_positive():
    """Edge case: where every label set is unique no anchor has a positive."""
    y = labels("100", "110", "111")
    assert not RULE.weights(y, y, self_index=torch.arange(3)).positive.any()
