"""overlap_ratio by hand: each alpha, its relations to mulsupcon, its edge cases."""

import pytest
import torch
from hypothesis import given, strategies

from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import CASES, label_matrices, labels

RULE = RULES["overlap_ratio"]
# anchor {a, b}; {a}, {a, c}, {b, c, d}
Y = labels("1100", "1000", "1010", "0111")
OWN = torch.tensor([0])


@reference.rule(normalise="none")
def overlap_ratio(S, T, available, options):
    """Audibert et al., MSCWRG: (1/|S|) sum over shared l of f_ij / sum_{k: l in T_k} f_ik."""
    alpha, epsilon = options.get("alpha", 0.0), options.get("epsilon", 0.0)

    def f(labels):
        ratio = len(S & labels) / len(labels)
        return float(ratio >= 1 - 1e-8) if alpha < 0 else ratio**alpha

    weight = 0.0
    for label in S & T:
        total = sum(f(T_k) for T_k in available if label in T_k)
        weight += f(T) / (total + epsilon) / len(S) if total else 0.0
    return weight, weight > 0


def weights(**params):
    """Weights of the three references."""
    return RULE.weights(Y[:1], Y, self_index=OWN, dtype=torch.float64, **params)


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        # f = 1 each: a half for each label, shared by two and by one
        (0.0, [0, 1 / 4, 1 / 4, 1 / 2]),
        # f = 1, 1/2, 1/3: of the half for a two thirds go to {a}; b has one carrier, whatever its f
        (1.0, [0, 1 / 3, 1 / 6, 1 / 2]),
        (2.0, [0, 2 / 5, 1 / 10, 1 / 2]),
        # f = 1[T subset of S]: no carrier of b counts
        (-1.0, [0, 1 / 2, 0, 0]),
    ],
)
def test_by_hand(alpha, expected):
    """By hand; a pair of weight 0 is not a positive."""
    assert weights(alpha=alpha).attract[0].tolist() == pytest.approx(expected)
    assert weights(alpha=alpha).positive[0].tolist() == [w > 0 for w in expected]
    assert weights(alpha=alpha).compete[0].tolist() == [0, 1, 1, 1]


def test_epsilon_is_added_to_the_sum_of_a_label():
    """alpha 1: 1 and 1/2 over 1.5 + 1e-3, 1/3 over 1/3 + 1e-3, all halved."""
    expected = [0, 0.5 / 1.501, 0.25 / 1.501, 0.5 / 3 / (1 / 3 + 1e-3)]
    assert weights(alpha=1, epsilon=1e-3).attract[0].tolist() == pytest.approx(expected, rel=1e-14)


def test_labels_without_carriers():
    """Edge case: a lonely label, an item without labels on either side."""
    y = labels("100", "011", "000", "010")
    found = RULE.weights(y, y, self_index=torch.arange(4), dtype=torch.float64)
    assert found.attract.tolist() == [[0, 0, 0, 0], [0, 0, 0, 0.5], [0, 0, 0, 0], [0, 1, 0, 0]]


@given(label_matrices())
def test_alpha_0_is_mulsupcon_per_anchor(y):
    """With f = 1 each label is divided equally among its carriers."""
    own = torch.arange(len(y))
    expected = RULES["mulsupcon"].weights(y, y, self_index=own, rows="per_anchor", dtype=torch.float64)
    given = RULE.weights(y, y, self_index=own, dtype=torch.float64)
    torch.testing.assert_close(given.attract, expected.attract, rtol=1e-12, atol=0)
    assert torch.equal(given.positive, expected.positive)


@given(label_matrices(), strategies.sampled_from([-1.0, -0.2, 0.0, 0.5, 3.0]))
def test_weights_sum_to_the_share_of_labels_handed_out(y, alpha):
    """To 1 where every label of the anchor has a carrier, and never to more."""
    total = RULE.weights(y, y, self_index=torch.arange(len(y)), alpha=alpha, dtype=torch.float64).attract.sum(1)
    labels_handed_out = total * y.sum(1)
    torch.testing.assert_close(labels_handed_out, labels_handed_out.round(), rtol=0, atol=1e-12)
    assert (total <= 1 + 1e-12).all()


@pytest.mark.parametrize("alpha", [-1.0, -0.5, 0.5, 16.0])
def test_hard_and_soft_equal_the_loops(alpha):
    """On every case, without self pairs."""
    for y in CASES.values():
        own = torch.arange(len(y))
        given = RULE.weights(y, y, self_index=own, alpha=alpha, dtype=torch.float64)
        w, _, positive = reference.weights("overlap_ratio", y, y, own, alpha=alpha)
        torch.testing.assert_close(given.attract, torch.from_numpy(w), rtol=1e-12, atol=1e-14)
        assert given.positive.tolist() == positive.tolist()
