"""bce by hand, against torch, and its edge cases."""

from math import log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss, fitted_to_labels
from tests import reference
from tests.cases import CASES, embeddings, labels

Y = labels("10", "01")


def test_by_hand():
    """Logit 0 costs log 2 whatever the label; logit log 3 (p = 3/4) costs log 4/3 with the label, log 4 without."""
    logits = torch.tensor([[0.0, 0.0], [log(3), log(3)]], dtype=torch.float64)
    expected = [log(2), (log(4) + log(4 / 3)) / 2]
    assert build_loss("bce", reduction="none")(None, Y, logits=logits).tolist() == pytest.approx(expected)
    assert build_loss("bce")(None, Y, logits=logits).item() == pytest.approx(sum(expected) / 2)
    assert build_loss("bce", reduction="sum")(None, Y, logits=logits).item() == pytest.approx(2 * sum(expected))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_equals_torch(reduction):
    """The same value and gradient as torch's own, to the last bits."""
    y = torch.rand(7, 5) < 0.4
    logits = (10 * torch.randn(7, 5, dtype=torch.float64)).requires_grad_()
    build_loss("bce", reduction=reduction)(None, y, logits=logits).backward()
    other = logits.detach().clone().requires_grad_()
    torch.nn.functional.binary_cross_entropy_with_logits(other, y.double(), reduction=reduction).backward()
    torch.testing.assert_close(logits.grad, other.grad, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_no_items_or_no_labels(shape):
    """Edge case: the loss is 0 and backward() works."""
    logits = torch.zeros(shape, requires_grad=True)
    loss = build_loss("bce")(None, torch.zeros(shape, dtype=torch.bool), logits=logits)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad.shape == shape


def test_huge_logits_stay_finite():
    """Edge case: logits of +-1e30 on the wrong side cost 1e30, not infinity."""
    logits = torch.tensor([[-1e30, 1e30], [0.0, 0.0]], requires_grad=True)
    loss = build_loss("bce")(None, Y, logits=logits)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("logits", [None, torch.zeros(2, 3), torch.zeros(3, 2), torch.zeros(2)])
def test_logits_that_do_not_fit_are_refused(logits):
    """Missing or misshapen logits: one clear line with both shapes."""
    with pytest.raises(InputError, match=r"bce needs logits of the labels' shape \(2, 2\); given: ") as caught:
        build_loss("bce")(None, Y, logits=logits)
    assert ("none" if logits is None else str(tuple(logits.shape))) in str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_equals_the_loops(case):
    """Every entry of every label matrix, with and without positive weights."""
    y = CASES[case]
    x, v = embeddings(*y.shape), torch.arange(y.shape[1], dtype=torch.float64) / 2
    for loss, weights in ((build_loss("bce"), None), (build_loss("bce").with_positive_weights(v), v.tolist())):
        expected = torch.as_tensor(reference.bce(x.numpy(), y.numpy(), weights))
        torch.testing.assert_close(loss.per_entry(x, y), expected)


def test_balanced_weights_by_hand():
    """1 of 4 training items has label 0, 2 have label 1: a yes weighs 3 and 1; 4 for no item, 1/4 for all."""
    training = labels("1001", "0101", "0101", "0001")
    loss = fitted_to_labels(build_loss("bce", positive_weight="balanced"), training)
    entries = loss.per_entry(torch.zeros(2, 4, dtype=torch.float64), labels("1111", "0000")) / log(2)
    assert entries.tolist() == [pytest.approx([3, 1, 4, 0.25]), pytest.approx([1, 1, 1, 1])]
    assert loss.needs == {"logits", "label_counts"}


def test_given_weights_go_before_balanced_ones():
    """with_positive_weights leaves the original loss alone and needs no counts."""
    balanced = build_loss("bce", positive_weight="balanced")
    given = balanced.with_positive_weights(torch.tensor([5.0, 0.0]))
    assert given.per_entry(torch.zeros(1, 2), labels("11"))[0].tolist() == pytest.approx([5 * log(2), 0])
    with pytest.raises(InputError, match="bce needs the training items' label counts"):
        balanced(None, Y, logits=torch.zeros(2, 2))


@pytest.mark.parametrize("weights", [[[1.0, 1.0]], [1.0, -1.0], [1.0, float("nan")], [float("inf"), 1.0]])
def test_impossible_weights_are_refused(weights):
    """Not one number a label, negative, NaN, infinite."""
    with pytest.raises(InputError, match="positive weights must be one number of at least 0 a label"):
        build_loss("bce").with_positive_weights(torch.tensor(weights))


def test_weights_of_other_labels_are_refused():
    """Three weights, a batch of two labels."""
    with pytest.raises(InputError, match="bce has positive weights of 3 labels; the batch has 2"):
        build_loss("bce").with_positive_weights(torch.ones(3))(None, Y, logits=torch.zeros(2, 2))
