"""similarity_dissimilarity by hand: relation by relation, the single factors, the roles, the edge case."""

import pytest
import torch

from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import labels

RULE = RULES["similarity_dissimilarity"]
ANCHOR = labels("11100")
# equal, superset, subset, overlap, disjoint
OTHERS = labels("11100", "11000", "11111", "01110", "00011")


@reference.rule(normalise="count")
def similarity_dissimilarity(S, T, available, options):
    """K^s K^d on pairs that share a label, and the ablations."""
    if options.get("roles", "anchor") == "reference":
        S, T = T, S
    if not S & T:
        return 0.0, False
    factors = options.get("factors", "both")
    if factors == "symmetric":
        return len(S & T) / len(S | T) / (1 + len(S ^ T)), True
    weight = 1.0
    if factors in ("both", "similarity"):
        weight *= reference.similarity_factor(S, T)
    if factors in ("both", "dissimilarity"):
        weight *= reference.dissimilarity_factor(S, T)
    return weight, True


def weights(**params):
    """Weights of S = {a, b, c} against one item of each relation."""
    return RULE.weights(ANCHOR, OTHERS, dtype=torch.float64, **params).attract[0].tolist()


def test_by_hand():
    """Equal 1; T in S 2/3; S in T 1/(1+2); two shared and one extra 2/3 x 1/2; disjoint 0."""
    assert weights() == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3, 0])


def test_example_of_the_docstring():
    """S = {a, b}, T = {a, b, c}: 0.5; the other way round 2/3."""
    y = labels("110", "111")
    assert RULE.weights(y, y, dtype=torch.float64).attract.tolist() == [[1, 0.5], [2 / 3, 1]]


def test_single_factors():
    """K^s alone forgives extra labels; K^d alone counts only them; the symmetric form is J / (1 + |S xor T|)."""
    assert weights(factors="similarity") == pytest.approx([1, 2 / 3, 1, 2 / 3, 0])
    assert weights(factors="dissimilarity") == pytest.approx([1, 1, 1 / 3, 1 / 2, 0])
    assert weights(factors="symmetric") == pytest.approx([1, 2 / 3 / 2, 3 / 5 / 3, 2 / 4 / 3, 0])


def test_roles_swap_the_sets():
    """With roles=reference the reference's set is S: the matrix is the transpose of the paper's."""
    y = labels("110", "111", "100", "001")
    for factors in ("both", "similarity", "dissimilarity", "symmetric"):
        there = RULE.weights(y, y, factors=factors).attract
        back = RULE.weights(y, y, factors=factors, roles="reference").attract
        assert torch.equal(back, there.T)
    assert weights(roles="reference") == pytest.approx([1, 1 / 2, 3 / 5, 1 / 3, 0])


def test_only_equal_sets_weigh_1():
    """A weight of 1 means equal sets, everything else is below."""
    y = labels("110", "111", "100", "001", "011", "110")
    weight = RULE.weights(y, y).attract
    same = (y[:, None] == y[None]).all(2)
    assert torch.equal(weight == 1, same)


def test_superset_weighs_more_than_subset():
    """|T|/|S| of a contained item is at least 1/2 here where a containing one gets at most 1/2."""
    y = labels("1110", "1100", "1111")
    weight = RULE.weights(y, y).attract
    assert weight[0, 1] == pytest.approx(2 / 3)
    assert weight[0, 2] == pytest.approx(1 / 2)


def test_an_item_without_labels_weighs_0():
    """Edge case: an empty set on either side."""
    y = labels("000", "101")
    for params in ({}, {"factors": "dissimilarity"}, {"factors": "symmetric"}, {"roles": "reference"}):
        assert RULE.weights(y, y, **params).attract.tolist() == [[0, 0], [0, 1]]
