"""zlpr by hand, against the loops, and its edge cases."""

from math import log

import pytest
import torch

from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, embeddings, labels


def test_by_hand():
    """Logits log 2, log 3 there and log 4 not: log(1 + 1/2 + 1/3) + log(1 + 4)."""
    logits = torch.tensor([[log(2), log(3), log(4)]], dtype=torch.float64)
    loss = build_loss("zlpr")(None, labels("110"), logits=logits)
    assert loss.item() == pytest.approx(log(11 / 6) + log(5))


@pytest.mark.parametrize("case", CASES)
def test_equals_the_loops(case):
    """Every item of every label matrix, and the three reductions."""
    y = CASES[case]
    x = embeddings(*y.shape)
    expected = torch.as_tensor(reference.zlpr(x.numpy(), y.numpy()))
    torch.testing.assert_close(build_loss("zlpr", reduction="none")(None, y, logits=x), expected)
    torch.testing.assert_close(build_loss("zlpr", reduction="sum")(None, y, logits=x), expected.sum())
    mean = expected.mean() if len(expected) else expected.sum()
    torch.testing.assert_close(build_loss("zlpr")(None, y, logits=x), mean)


def test_one_label_in_all_is_bce():
    """With a single label to predict it is binary cross-entropy."""
    y, x = CASES["one_class"], embeddings(4, 1)
    torch.testing.assert_close(build_loss("zlpr")(None, y, logits=x), build_loss("bce")(None, y, logits=x))


def test_empty_and_full_items_keep_the_other_side():
    """Edge case: at logits 0, three labels: no label or all labels cost log 4 each, gradient 1/4 an entry."""
    logits = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    loss = build_loss("zlpr", reduction="sum")(None, labels("000", "111"), logits=logits)
    loss.backward()
    assert loss.item() == pytest.approx(2 * log(4))
    assert logits.grad.tolist() == [pytest.approx([0.25] * 3), pytest.approx([-0.25] * 3)]
