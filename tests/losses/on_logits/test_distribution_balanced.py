"""distribution_balanced by hand, against the loops, and its edge cases."""

from math import exp, log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss, fitted_to_labels
from tests import reference
from tests.cases import CASES, embeddings, labels

# three labels, in 10, 40 and 50 of 100 training items
COUNTS, ITEMS = torch.tensor([10, 40, 50]), 100


def built(counts=COUNTS, items=ITEMS, **options):
    """The loss with counts."""
    return build_loss("distribution_balanced", **options).with_label_counts(counts, items)


def test_weights_by_hand():
    """Labels 0 and 1: shares (1/10)/(1/8) = 0.8, 0.2 and for the label that is not there (1/50)/(1/8) = 0.16."""
    plain = {"negative_scale": 1, "bias": 0, "gamma": 0, "factor": 1}
    entries = built(**plain).per_entry(torch.zeros(1, 3, dtype=torch.float64), labels("110"))[0]
    shares = [0.8, 0.2, 0.16]
    expected = [(0.1 + 1 / (1 + exp(-10 * (share - 0.2)))) * log(2) for share in shares]
    assert entries.tolist() == pytest.approx(expected)
    assert entries[1].item() == pytest.approx(0.6 * log(2))


def test_regularised_logits_by_hand():
    """kappa/lambda = 1: a label that 10 of 100 have leans by -log 9; a no is twice as steep and weighs half."""
    options = {"weighting": "none", "bias": 2.0, "negative_scale": 2.0, "gamma": 0, "factor": 1}
    entries = built(**options).per_entry(torch.zeros(2, 3, dtype=torch.float64), labels("111", "000"))
    assert entries[0].tolist() == pytest.approx([log(10), log(5 / 2), log(2)])
    assert entries[1].tolist() == pytest.approx([log(1 + 1 / 81) / 2, log(1 + 4 / 9) / 2, log(2) / 2])


def test_class_balanced_by_hand():
    """b = 1/2 and counts 1, 2: weights 1 and 2/3; an item with both labels weighs their mean everywhere."""
    options = {"weighting": "class_balanced", "class_balance": 0.5, "negative_scale": 1, "bias": 0, "gamma": 0}
    loss = built(torch.tensor([1, 2]), 3, factor=1, **options)
    entries = loss.per_entry(torch.zeros(3, 2, dtype=torch.float64), labels("10", "01", "11")) / log(2)
    assert entries.tolist() == [pytest.approx([1, 1]), pytest.approx([2 / 3, 2 / 3]), pytest.approx([5 / 6, 5 / 6])]


SETTINGS = [
    {},
    {"mu": 0.3, "negative_scale": 5},
    {"negative_scale": 1, "bias": 0, "gamma": 0, "factor": 1},
    {"weighting": "class_balanced", "gamma": 0.5},
    {"weighting": "none", "bias": 1.5},
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("options", SETTINGS, ids=str)
def test_equals_the_loops(case, options):
    """Every entry of every label matrix, with labels of no item and of all items among the counts."""
    y = CASES[case]
    x = embeddings(*y.shape)
    items = 50
    counts = torch.tensor([0, 50, 1, 7, 20, 3, 3, 49, 11, 30])[: y.shape[1]]
    expected = reference.distribution_balanced(x.numpy(), y.numpy(), counts.tolist(), items, **options)
    entries = built(counts, items, **options).per_entry(x, y)
    torch.testing.assert_close(entries, torch.as_tensor(expected), rtol=1e-9, atol=1e-12)


def test_without_weights_it_is_focal():
    """No weighting, lambda 1, kappa 0, f 1: focal without alpha."""
    y, x = CASES["dense"], embeddings(*CASES["dense"].shape)
    loss = fitted_to_labels(
        build_loss("distribution_balanced", weighting="none", negative_scale=1, bias=0, factor=1), y
    )
    torch.testing.assert_close(loss(None, y, logits=x), build_loss("focal", alpha=-1)(None, y, logits=x))


def test_an_item_without_labels():
    """Edge case: rebalanced it weighs alpha + 1; class-balanced it is left out of the mean, or counts as 0."""
    y, x = labels("100", "000"), torch.zeros(2, 3, dtype=torch.float64)
    plain = {"negative_scale": 1, "bias": 0, "gamma": 0, "factor": 1}
    assert built(**plain).per_entry(x, y)[1].tolist() == pytest.approx([1.1 * log(2)] * 3)
    # beta 0: the weight depends on no share and is the same for all entries
    assert built(beta=0, **plain).per_entry(x, y).flatten().tolist() == pytest.approx([0.6 * log(2)] * 6)
    drop, zero = (
        built(weighting="class_balanced", no_positive=name, **plain)(None, y, logits=x) for name in ("drop", "zero")
    )
    assert drop.item() == pytest.approx(2 * zero.item())
    assert zero.item() > 0


def test_float32_agrees_with_float64():
    """The same number to 6 digits, in the type of the logits, half precision computed in float32."""
    y, x = CASES["single_label"], embeddings(6, 3)
    exact = built()(None, y, logits=x)
    single, half = built()(None, y, logits=x.float()), built()(None, y, logits=x.bfloat16())
    assert (exact.dtype, single.dtype, half.dtype) == (torch.float64, torch.float32, torch.float32)
    assert single.item() == pytest.approx(exact.item(), rel=1e-6)
    assert half.item() == pytest.approx(exact.item(), rel=2e-2)


def test_without_counts_it_says_so():
    """Called too early: one clear line with the way out."""
    with pytest.raises(InputError, match=r"distribution_balanced needs the .* call with_label_counts\(counts, items\)"):
        build_loss("distribution_balanced")(None, labels("10"), logits=torch.zeros(1, 2))


@pytest.mark.parametrize(
    ("counts", "items", "message"),
    [
        (torch.tensor([[1, 2]]), 5, r"one number a label; given: a tensor of shape \(1, 2\)"),
        (torch.tensor([-1, 2]), 5, r"between 0 and the number of items, 5; given: \[-1.0, 2.0\]"),
        (torch.tensor([1, 6]), 5, "between 0 and the number of items, 5"),
        (torch.tensor([1.0, float("nan")]), 5, "between 0 and the number of items, 5"),
    ],
)
def test_impossible_counts_are_refused(counts, items, message):
    """Not one number a label, negative, beyond the items, NaN."""
    with pytest.raises(InputError, match=message):
        build_loss("distribution_balanced").with_label_counts(counts, items)


def test_counts_of_other_labels_are_refused():
    """Three counts, a batch of two labels."""
    with pytest.raises(InputError, match="distribution_balanced has the counts of 3 labels; the batch has 2"):
        built()(None, labels("10"), logits=torch.zeros(1, 2))
