"""bce by hand, against torch, and its edge cases."""

from math import log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from tests.cases import labels

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
