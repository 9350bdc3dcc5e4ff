"""hamming by hand, and its edge cases."""

import torch

from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import labels

RULE = RULES["hamming"]


@reference.rule(normalise="weight_sum")
def hamming(S, T, available, options):
    """One minus the share of the c labels on which the two differ; an item without labels takes no part."""
    if not S or not T:
        return 0.0, False
    c = options["labels"]
    agreed = sum((label in S) == (label in T) for label in range(c))
    return agreed / c, agreed > 0


def test_by_hand():
    """S = {a, b} of 4 labels: equal 4/4, one label differs 3/4, two differ 2/4, disjoint {c} 1/4."""
    weights = RULE.weights(labels("1100"), labels("1100", "1000", "0110", "0010"))
    assert weights.attract.tolist() == [[1, 0.75, 0.5, 0.25]]
    assert weights.positive.all()


def test_complementary_sets_are_no_positives():
    """Edge case: two sets that agree on no label weigh 0, and nothing of weight 0 is a positive."""
    weights = RULE.weights(labels("1100"), labels("0011"))
    assert weights.attract.tolist() == [[0]]
    assert not weights.positive.any()


def test_items_without_labels_have_no_positives():
    """Edge case: neither as anchor nor as positive, though they agree with others on what both lack."""
    y = labels("000", "100", "000")
    assert RULE.weights(y, y).attract.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    on = RULE.weights(y, y, self_index=torch.arange(3), empty_match=True)
    assert on.attract.tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]


def test_no_labels_at_all():
    """Edge case: c = 0 divides nothing by nothing, and gives 0."""
    y = torch.zeros(2, 0, dtype=torch.bool)
    assert RULE.weights(y, y).attract.tolist() == [[0, 0], [0, 0]]
