"""focal by hand, against the loops, and its edge cases."""

from math import log

import pytest
import torch

from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, embeddings, labels


def test_by_hand():
    """p = 3/4: with the label (1/4)^2 log(4/3) / 4, without it (3/4)^2 log 4 x 3/4."""
    logits = torch.tensor([[log(3), log(3)]], dtype=torch.float64)
    entries = build_loss("focal").per_entry(logits, labels("10"))
    assert entries[0].tolist() == pytest.approx([log(4 / 3) / 64, 27 / 64 * log(4)])
    assert build_loss("focal")(None, labels("10"), logits=logits).item() == pytest.approx(entries.mean().item())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (-1.0, 0.5), (1.0, 1.0), (0.0, 3.0)])
def test_equals_the_loops(case, alpha, gamma):
    """Every entry of every label matrix."""
    y = CASES[case]
    x = embeddings(*y.shape)
    entries = build_loss("focal", alpha=alpha, gamma=gamma).per_entry(x, y)
    expected = torch.as_tensor(reference.focal(x.numpy(), y.numpy(), alpha, gamma))
    torch.testing.assert_close(entries, expected, rtol=1e-10, atol=1e-12)


def test_without_weights_it_is_bce():
    """alpha -1 and gamma 0 leave binary cross-entropy; alpha 1/2 half of it."""
    y, x = CASES["dense"], embeddings(*CASES["dense"].shape)
    plain = build_loss("bce")(None, y, logits=x)
    torch.testing.assert_close(build_loss("focal", alpha=-1, gamma=0)(None, y, logits=x), plain)
    torch.testing.assert_close(build_loss("focal", alpha=0.5, gamma=0)(None, y, logits=x), plain / 2)


@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 1.0, 20.0])
def test_certain_entries_have_finite_gradients(gamma):
    """Edge case: 1 - p_t is 0 to the last bit, where a power below 1 has an infinite slope."""
    logits = torch.tensor([[80.0, -80.0, -80.0, 80.0], [1e30, -1e30, 0.0, -1e30]], requires_grad=True)
    build_loss("focal", gamma=gamma)(None, labels("1010", "1010"), logits=logits).backward()
    assert torch.isfinite(logits.grad).all()
    # right entries have no gradient, wrong ones the whole slope of their term
    assert logits.grad[0, :2].abs().max() < 1e-3
    assert logits.grad[0, 2] == pytest.approx(-0.25 / 8, rel=1e-3)
