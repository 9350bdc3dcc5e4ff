"""label_dot by hand: shared labels counted, divided by their sum."""

import pytest
import torch

from mlcl_core.losses import build_loss
from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import embeddings, labels

RULE = RULES["label_dot"]


@reference.rule(normalise="weight_sum")
def label_dot(S, T, available, options):
    """Su et al.: C_ij = the number of shared labels."""
    return float(len(S & T)), len(S & T) > 0


def test_by_hand():
    """{a, b, c} shares 3, 2, 1 and 0 labels."""
    weights = RULE.weights(labels("1110"), labels("1111", "1100", "0011", "0001"))
    assert weights.attract.tolist() == [[3, 2, 1, 0]]
    assert weights.positive.tolist() == [[True, True, True, False]]


def test_beta_by_hand():
    """Anchor {a, b} with {a, b} and {a}: the coefficients of Su et al. are 2/3 and 1/3."""
    y, z = labels("11", "11", "10"), embeddings(3)
    terms = build_loss("weighted_supcon", rule="label_dot").explain(z, y, z, y, self_index=torch.arange(3))
    assert (terms.coefficient[0] * terms.attract[0]).tolist() == pytest.approx([0, 2 / 3, 1 / 3])


def test_counts_stay_what_they_are():
    """Excluding self pairs changes the weights, not the counts."""
    y = labels("11", "11")
    weights = RULE.weights(y, y, self_index=torch.arange(2))
    assert weights.attract.tolist() == [[0, 2], [2, 0]]
    assert weights.positive.tolist() == [[False, True], [True, False]]


def test_an_item_without_labels_has_no_positives():
    """Edge case: an item without labels has no positives and is not a positive of another."""
    y = labels("000", "111")
    assert RULE.weights(y, y).attract.tolist() == [[0, 0], [0, 3]]
    assert RULE.weights(y, y).positive.tolist() == [[False, False], [False, True]]
