"""mulsupcon by hand: one SupCon problem per label, the counts behind it, its edge cases."""

import pytest
import torch

from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import labels

RULE = RULES["mulsupcon"]
# anchor {a, b}; others {a}, {a, b}, {c}
Y = labels("110", "100", "110", "001")
OWN = torch.arange(4)


@reference.rule(normalise="none")
def mulsupcon(S, T, available, options):
    """The sum over shared l of 1/|P_il|, P_il = items other than i that carry l."""
    weight = 0.0
    for label in S & T:
        carriers = sum(label in other for other in available)
        weight += 1 / (carriers + options.get("epsilon", 0.0))
    if options.get("rows", "per_label") == "per_anchor" and S:
        weight /= len(S)
    return weight, len(S & T) > 0


def test_by_hand():
    """|P_a| = 2 and |P_b| = 1 without the anchor itself, so w = 1/2, 1/2 + 1/1, 0."""
    weights = RULE.weights(Y, Y, self_index=OWN)
    assert weights.attract[0].tolist() == [0, 0.5, 1.5, 0]
    assert weights.positive[0].tolist() == [False, True, True, False]


def test_self_counts_when_nothing_is_excluded():
    """Among references that hold the anchor's own key, |P_a| = 3 and |P_b| = 2."""
    assert RULE.weights(Y, Y, dtype=torch.float64).attract[0].tolist() == pytest.approx(
        [1 / 3 + 1 / 2, 1 / 3, 1 / 3 + 1 / 2, 0]
    )


def test_per_anchor_divides_by_the_labels():
    """rows=per_anchor: half of it, for |S| = 2."""
    assert RULE.weights(Y, Y, self_index=OWN, rows="per_anchor").attract[0].tolist() == [0, 0.25, 0.75, 0]


def test_weights_sum_to_the_labels_that_others_carry():
    """Each label of the anchor that another item carries contributes 1 to the sum of its weights."""
    total = RULE.weights(Y, Y, self_index=OWN).attract.sum(1)
    assert total.tolist() == pytest.approx([2, 1, 2, 0])


def test_epsilon():
    """Epsilon 1e-3 makes 1/2.001 of a label that two others carry."""
    weight = RULE.weights(Y, Y, self_index=OWN, epsilon=1e-3, dtype=torch.float64).attract
    assert weight[0, 1].item() == pytest.approx(1 / 2.001, rel=1e-14)


def test_a_label_without_other_carriers_adds_nothing():
    """Edge case: only the last item carries {c}; it has no positive and its row is 0, not 1/0."""
    weights = RULE.weights(Y, Y, self_index=OWN)
    assert weights.attract[3].tolist() == [0, 0, 0, 0]
    assert not weights.positive[3].any()


def test_an_item_without_labels_weighs_0():
    """Edge case: an empty set on either side."""
    y = labels("00", "11", "10")
    weight = RULE.weights(y, y, self_index=torch.arange(3)).attract
    assert weight[0].tolist() == [0, 0, 0]
    assert weight[:, 0].tolist() == [0, 0, 0]


def test_rare_labels_speak_louder():
    """The item that shares the rare label weighs more than one of three that share the common one."""
    y = labels("11", "10", "10", "10", "01")
    weight = RULE.weights(y, y, self_index=torch.arange(5)).attract[0]
    assert weight.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 1])
