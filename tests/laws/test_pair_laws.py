"""Laws of pair rules, whatever the labels."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings, strategies

from mlcl_core.pairs import RULES, Relation, dissimilarity_factor, relation_matrix, similarity_factor
from tests.cases import VARIANT_IDS, VARIANTS, label_matrices, label_weights, labels, one_label_matrices

# many variants, so few examples of each
few = settings(max_examples=10)
every_variant = pytest.mark.parametrize(("name", "params"), VARIANTS, ids=VARIANT_IDS)
SYMMETRIC = [
    ("all_equal", {}),
    ("any_shared", {}),
    ("jaccard", {}),
    ("jaccard", {"threshold": 0.4, "power": 2.0}),
    ("similarity_dissimilarity", {"factors": "symmetric"}),
    ("mulsupcon", {}),
    ("label_dot", {}),
    ("hamming", {}),
    ("formula", {}),
]
# its weight counts the labels that there are, and disjoint items are positives
COUNTS_ALL_LABELS = "hamming"
# each label hands out 1, shared among the items that carry it
SHARED_OUT = ["mulsupcon", "msc", "overlap_ratio"]
# formulas that spell a built-in rule: rule, its parameters, expression, positive
SPELT = [
    ("any_shared", {}, "1", "shared"),
    ("all_equal", {}, "both == either", "shared"),
    ("jaccard", {}, "both / either", "shared"),
    ("jaccard", {"power": 0.5}, "sqrt(both / either)", "shared"),
    ("jaccard", {"threshold": 0.4}, "where(both / either > 0.4, both / either, 0)", "shared"),
    ("similarity_dissimilarity", {}, "both / s / (1 + only_t)", "shared"),
    ("similarity_dissimilarity", {"factors": "similarity"}, "both / s", "shared"),
    ("similarity_dissimilarity", {"factors": "dissimilarity"}, "(1 + only_t) ** -1", "shared"),
    ("similarity_dissimilarity", {"factors": "symmetric"}, "both/either / (1 + only_s + only_t)", "shared"),
    ("similarity_dissimilarity", {"roles": "reference"}, "both / t / (1 + only_s)", "shared"),
    ("label_dot", {}, "both", "any"),
    ("hamming", {}, "1 - (only_s + only_t) / labels", "any"),
]


def square(name, params, y):
    """Weights of a batch against itself, each item left out of its own row."""
    more = label_weights(name, params, y)
    return RULES[name].weights(y, y, self_index=torch.arange(len(y)), dtype=torch.float64, **more, **params)


def same(first, second):
    """Equal up to the order of summation."""
    torch.testing.assert_close(first.attract, second.attract, rtol=1e-13, atol=1e-15)
    return torch.equal(first.positive, second.positive) and torch.equal(first.compete, second.compete)


@given(label_matrices(), strategies.randoms(use_true_random=False))
def test_relations_follow_items_and_ignore_the_order_of_labels(y, random):
    """Items permuted: rows and columns permute. Labels permuted, or an unused label added: nothing changes."""
    items, columns = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(items), random.shuffle(columns)
    code = relation_matrix(y, y)
    assert torch.equal(relation_matrix(y[items], y[items]), code[items][:, items])
    assert torch.equal(relation_matrix(y[:, columns], y[:, columns]), code)
    wider = torch.cat([y, torch.zeros(len(y), 1, dtype=torch.bool)], dim=1)
    assert torch.equal(relation_matrix(wider, wider), code)


@given(label_matrices())
def test_transposing_swaps_superset_and_subset(y):
    """The other way round superset is subset; disjoint, equal and overlap stay; the diagonal is equal."""
    code = relation_matrix(y, y)
    swapped = code.clone()
    swapped[code == Relation.SUPERSET], swapped[code == Relation.SUBSET] = Relation.SUBSET, Relation.SUPERSET
    assert torch.equal(code.T, swapped)
    assert (code.diagonal() == Relation.EQUAL).all()


@given(label_matrices())
def test_factors_name_the_relation(y):
    """Factors lie in [0, 1] and [0, 1]; with something shared both are 1 exactly for equal sets."""
    code = relation_matrix(y, y)
    similar, dissimilar = similarity_factor(y, y), dissimilarity_factor(y, y)
    assert ((similar >= 0) & (similar <= 1) & (dissimilar > 0) & (dissimilar <= 1)).all()
    shares = similar > 0
    assert torch.equal(shares, (code != Relation.DISJOINT) & (y.sum(1) > 0)[:, None])
    assert (similar[code == Relation.SUBSET] == 1).all()
    assert (dissimilar[code == Relation.SUPERSET] == 1).all()
    assert torch.equal(shares & (similar * dissimilar == 1), shares & (code == Relation.EQUAL))


@every_variant
@few
@given(y=label_matrices(), random=strategies.randoms(use_true_random=False))
@pytest.mark.slow
def test_weights_follow_items_and_ignore_the_order_of_labels(name, params, y, random):
    """Items permuted: weights permute. Labels permuted, or an unused label added: nothing changes."""
    items, columns = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(items), random.shuffle(columns)
    plain, moved = square(name, params, y), square(name, params, y[items])
    torch.testing.assert_close(moved.attract, plain.attract[items][:, items], rtol=1e-13, atol=1e-15)
    assert torch.equal(moved.positive, plain.positive[items][:, items])
    assert same(square(name, params, y[:, columns]), plain)
    wider = torch.cat([y, torch.zeros(len(y), 1, dtype=torch.bool)], dim=1)
    if name != COUNTS_ALL_LABELS:
        assert same(square(name, params, wider), plain)


@given(label_matrices())
def test_an_unused_label_raises_hamming(y):
    """All agree on a label that no item carries: the disagreement c (1 - w) stays, over one label more."""
    wider = torch.cat([y, torch.zeros(len(y), 1, dtype=torch.bool)], dim=1)
    plain, raised = square("hamming", {}, y), square("hamming", {}, wider)
    both = plain.positive & raised.positive
    c = y.shape[1]
    torch.testing.assert_close((c * (1 - plain.attract))[both], ((c + 1) * (1 - raised.attract))[both])
    assert (raised.attract >= plain.attract).all()


@pytest.mark.parametrize(("name", "params", "expression", "positive"), SPELT)
@few
@given(y=label_matrices(), empty_match=strategies.booleans())
def test_formula_equals_the_rule_that_it_spells(name, params, expression, positive, y, empty_match):
    """Typed as a formula, a built-in rule has the same positives and the same weights."""
    built_in = square(name, {**params, "empty_match": empty_match}, y)
    typed = square("formula", {"expression": expression, "positive": positive, "empty_match": empty_match}, y)
    assert same(typed, built_in)


@every_variant
@few
@given(y=label_matrices())
def test_weights_are_finite_and_belong_to_positives(name, params, y):
    """At least 0, finite, 0 off the positives and on the item itself; only the item itself is out of the normaliser."""
    weights = square(name, params, y)
    assert torch.isfinite(weights.attract).all()
    assert (weights.attract >= 0).all()
    assert (weights.attract[~weights.positive] == 0).all()
    assert not weights.positive.diagonal().any()
    assert torch.equal(weights.compete, 1 - torch.eye(len(y), dtype=torch.float64))


@pytest.mark.parametrize(("name", "params"), SYMMETRIC)
@given(y=label_matrices())
def test_symmetric_rules(name, params, y):
    """These weigh a pair alike from both ends."""
    weight = square(name, params, y).attract
    torch.testing.assert_close(weight, weight.T, rtol=1e-14, atol=0)


@pytest.mark.parametrize(("name", "params"), [("similarity_dissimilarity", {}), ("mulsupcon", {"rows": "per_anchor"})])
def test_asymmetric_rules(name, params):
    """These don't: {a, b, c} and {a, b} weigh each other differently."""
    weight = square(name, params, labels("111", "110")).attract
    assert weight[0, 1] == pytest.approx(2 / 3)
    assert weight[1, 0] == pytest.approx(1 / 2 if name == "similarity_dissimilarity" else 1)


@given(one_label_matrices())
def test_one_label_each_makes_supcon_of_every_rule(y):
    """With one label an item every rule but hamming has SupCon's mask; weights are the mask, or its share."""
    mask = square("any_shared", {}, y)
    for name in RULES.keys() - {COUNTS_ALL_LABELS}:
        weights = square(name, {}, y)
        assert torch.equal(weights.positive, mask.positive)
        shared_out = mask.positive.sum(1, keepdim=True).clamp_min(1) if name in SHARED_OUT else 1
        torch.testing.assert_close(weights.attract, mask.attract / shared_out)


@given(label_matrices())
def test_mulsupcon_rows_sum_to_the_shared_labels(y):
    """Weights of one anchor sum to the number of its labels that another item carries (over |S| for per_anchor)."""
    shared = (y & (y.sum(0, keepdim=True) > 1)).sum(1).double()
    torch.testing.assert_close(square("mulsupcon", {}, y).attract.sum(1), shared)
    per_anchor = square("mulsupcon", {"rows": "per_anchor"}, y).attract.sum(1)
    torch.testing.assert_close(per_anchor, shared / y.sum(1).clamp_min(1))


@given(label_matrices())
def test_label_pairs_order_the_rules(y):
    """all_equal <= similarity_dissimilarity <= K^s alone <= any_shared, and its symmetric form <= jaccard."""
    chain = [
        square("all_equal", {}, y).attract,
        square("similarity_dissimilarity", {}, y).attract,
        square("similarity_dissimilarity", {"factors": "similarity"}, y).attract,
        square("any_shared", {}, y).attract,
    ]
    for low, high in pairwise(chain):
        assert (low <= high).all()
    symmetric = square("similarity_dissimilarity", {"factors": "symmetric"}, y).attract
    assert (symmetric <= square("jaccard", {}, y).attract).all()
