"""Label weights: inverse frequencies by hand, and ``rare``, the weights of the common labels of a pair."""

import pytest
import torch
from hypothesis import given, settings

from mlcl_core.errors import InputError
from mlcl_core.pairs import RULES, inverse_frequency
from tests import reference
from tests.cases import label_matrices, labels

PROVES = {
    "test_rare_labels_weigh_more": (
        "In rare a label weighs the more, the fewer training items carry it: on average 1.",
    )
}
RULE = RULES["formula"]
few = settings(max_examples=25)


def rare(y, weights, **options):
    """The formula ``rare`` of a batch against itself."""
    return RULE.weights(y, y, label_weights=weights, dtype=torch.float64, **{"expression": "rare", **options})


def test_inverse_frequencies_by_hand():
    """1/1 and 1/3 over their mean 2/3; a label that no item carries weighs as much as the rarest that one does."""
    assert inverse_frequency(torch.tensor([1, 3, 0])).tolist() == pytest.approx([1.5, 0.5, 1.5])
    assert inverse_frequency(torch.tensor([7, 7])).tolist() == [1, 1]
    assert inverse_frequency(torch.tensor([0, 0])).tolist() == [1, 1]
    assert inverse_frequency(torch.tensor([], dtype=torch.int64)).tolist() == []


@given(label_matrices())
def test_rare_labels_weigh_more(y):
    """On average 1 over the labels that are carried, above 0, at most as many as these; the rarer, the more."""
    counts = y.sum(0)
    weights, carried = inverse_frequency(counts), counts > 0
    assert (weights > 0).all()
    assert (weights <= max(1, int(carried.sum())) * (1 + 1e-12)).all()
    if carried.any():
        assert float(weights[carried].mean()) == pytest.approx(1)
        assert weights[carried].max() >= 1 - 1e-12
    for a in range(len(counts)):
        for b in range(len(counts)):
            if carried[a] and counts[a] < counts[b]:
                assert weights[a] > weights[b]


def test_rare_by_hand():
    """{a, b} and {b, c} share b; {a, b} with itself shares both; nothing shared is 0 and no positive."""
    y, weights = labels("110", "011", "100"), torch.tensor([0.25, 2.0, 0.75], dtype=torch.float64)
    found = rare(y, weights)
    assert found.attract.tolist() == [[2.25, 2.0, 0.25], [2.0, 2.75, 0.0], [0.25, 0.0, 0.25]]
    assert found.positive.tolist() == [[True, True, True], [True, True, False], [True, False, True]]
    shares = RULE.weights(y, y, label_weights=weights, dtype=torch.float64, expression="rare / both")
    assert shares.attract[0].tolist() == [1.125, 2.0, 0.25]


@few
@given(label_matrices())
def test_with_weights_of_1_rare_is_both(y):
    """To the last bit, under both kinds of positives."""
    ones = torch.ones(y.shape[1], dtype=torch.float64)
    for positive in ("shared", "any"):
        counted = RULE.weights(y, y, dtype=torch.float64, expression="both", positive=positive)
        weighed = rare(y, ones, positive=positive)
        assert torch.equal(weighed.attract, counted.attract)
        assert torch.equal(weighed.positive, counted.positive)


@few
@given(label_matrices(min_items=1))
def test_a_batch_by_its_own_frequencies_is_mulsupcon(y):
    """Weights 1/n_l of the batch itself, each item counted with itself, are the published label-by-label weights."""
    counts = y.sum(0).double()
    expected = RULES["mulsupcon"].weights(y, y, dtype=torch.float64).attract
    torch.testing.assert_close(rare(y, 1 / counts.clamp_min(1)).attract, expected)


@few
@given(label_matrices())
def test_class_balanced_weights_of_an_item_are_its_weight_with_itself(y):
    """``rare / s`` of an item with itself is the mean of its labels' weights: with v = (1 - b) / (1 - b^n), W_i."""
    balanced = (1 - 0.9) / (1 - 0.9 ** y.sum(0).clamp_min(1).double())
    diagonal = rare(y, balanced, expression="rare / s").attract.diagonal()
    for own, row in zip(diagonal.tolist(), y, strict=True):
        of_item = [float(balanced[label]) for label in reference.label_set(row)]
        assert own == pytest.approx(sum(of_item) / len(of_item) if of_item else 0)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (None, "rare adds up label weights, and there are none: give label_weights, one number a label"),
        (torch.ones(2), "label_weights must be one number for each of the 3 labels; given: torch.float32 of (2,)"),
        (torch.ones(3, dtype=torch.int64), "given: torch.int64 of (3,)"),
        ([1, 1, 1], "given: list"),
    ],
)
def test_weights_that_do_not_fit(weights, message):
    """Missing weights, another number of them, and what is no tensor of numbers, are one line."""
    y = labels("110", "011")
    with pytest.raises(InputError) as caught:
        rare(y, weights)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
