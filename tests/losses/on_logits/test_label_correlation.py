"""label_correlation by hand, against the loops, and its edge cases."""

from math import e, exp, log

import pytest
import torch

from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, embeddings, labels


def test_by_hand():
    """p = 1/2 there, 3/4 and 1/4 not: the mean of exp(1/4) and exp(-1/4)."""
    logits = torch.tensor([[0.0, log(3), -log(3)]], dtype=torch.float64)
    loss = build_loss("label_correlation")(None, labels("100"), logits=logits)
    assert loss.item() == pytest.approx((exp(0.25) + exp(-0.25)) / 2)


@pytest.mark.parametrize("no_positive", ["drop", "zero"])
@pytest.mark.parametrize("case", CASES)
def test_equals_the_loops(case, no_positive):
    """Every item of every label matrix; the mean over the items that have a pair, or over all."""
    y = CASES[case]
    x = embeddings(*y.shape)
    expected = torch.as_tensor(reference.label_correlation(x.numpy(), y.numpy()))
    torch.testing.assert_close(build_loss("label_correlation", reduction="none")(None, y, logits=x), expected)
    count = (expected > 0).sum() if no_positive == "drop" else torch.tensor(len(y))
    loss = build_loss("label_correlation", no_positive=no_positive)(None, y, logits=x)
    torch.testing.assert_close(loss, expected.sum() / count.clamp_min(1))


def test_items_without_a_pair_feel_nothing():
    """Edge case: no labels, or all of them: value 0 and gradient 0."""
    logits = torch.randn(2, 3, requires_grad=True)
    values = build_loss("label_correlation", reduction="none")(None, labels("000", "111"), logits=logits)
    values.sum().backward()
    assert values.tolist() == [0, 0]
    assert not logits.grad.any()


def test_it_is_bounded():
    """Worst and best logits of any size: e and 1/e."""
    logits = torch.tensor([[-1e30, 1e30], [1e30, -1e30]])
    values = build_loss("label_correlation", reduction="none")(None, labels("10", "10"), logits=logits)
    assert values.tolist() == pytest.approx([e, 1 / e])
