"""asl by hand, against the loops, and its edge cases."""

from math import log

import pytest
import torch

from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, embeddings, labels


def test_by_hand():
    """p = 3/4: with the label (1/4) log(4/3), without it 0.7^4 log(1/0.3); the default is the sum."""
    logits = torch.tensor([[log(3), log(3)]], dtype=torch.float64)
    expected = [log(4 / 3) / 4, 0.7**4 * log(1 / 0.3)]
    assert build_loss("asl").per_entry(logits, labels("10"))[0].tolist() == pytest.approx(expected)
    assert build_loss("asl")(None, labels("10"), logits=logits).item() == pytest.approx(sum(expected))
    assert build_loss("asl", reduction="mean")(None, labels("10"), logits=logits).item() == pytest.approx(
        sum(expected) / 2
    )
    assert build_loss("asl", reduction="none")(None, labels("10"), logits=logits).tolist() == pytest.approx(
        [sum(expected) / 2]
    )


SETTINGS = [
    {},
    {"gamma_neg": 0, "gamma_pos": 0, "clip": 0},
    {"gamma_neg": 1, "gamma_pos": 0, "clip": 0, "epsilon": 1e-5},
    {"gamma_neg": 0.5, "gamma_pos": 0.3, "clip": 0.2, "epsilon": 0.1},
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("options", SETTINGS, ids=str)
def test_equals_the_loops(case, options):
    """Every entry of every label matrix."""
    y = CASES[case]
    x = embeddings(*y.shape)
    expected = torch.as_tensor(reference.asl(x.numpy(), y.numpy(), **options))
    torch.testing.assert_close(build_loss("asl", **options).per_entry(x, y), expected, rtol=1e-9, atol=1e-12)


def test_without_exponents_and_clip_it_is_bce():
    """Both exponents 0, no clip: binary cross-entropy, while no probability is below epsilon."""
    y, x = CASES["dense"], embeddings(*CASES["dense"].shape)
    plain = build_loss("bce", reduction="sum")(None, y, logits=x)
    torch.testing.assert_close(build_loss("asl", gamma_neg=0, gamma_pos=0, clip=0)(None, y, logits=x), plain)


def test_detach_takes_the_weights_as_constants():
    """At p = 1/2 with the label and gamma_pos 1 the gradient is -1/4 detached, else -1/4 - log(2)/4; one value."""
    for detach, expected in ((True, -0.25), (False, -0.25 - log(2) / 4)):
        logits = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
        loss = build_loss("asl", detach=detach)(None, labels("1"), logits=logits)
        loss.backward()
        assert loss.item() == pytest.approx(log(2) / 2)
        assert logits.grad.item() == pytest.approx(expected)


def test_noes_below_the_clip_cost_nothing():
    """p <= m on a label that is not there: value and gradient are exactly 0."""
    logits = torch.tensor([[-3.0, -30.0]], requires_grad=True)
    loss = build_loss("asl", detach=False)(None, labels("00"), logits=logits)
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 1.0, 20.0])
@pytest.mark.parametrize("clip", [0.0, 0.05])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_certain_entries_have_finite_gradients(gamma, clip, dtype):
    """Edge case: probabilities that are 0 or 1 to the last bit, and tiny ones, under powers below 1."""
    sizes = torch.tensor([0, 3, 17, 60, 88, 100, 700, 1e30], dtype=dtype)
    logits = torch.stack([sizes, -sizes]).requires_grad_()
    for full in (True, False):
        y = torch.full(logits.shape, full)
        loss = build_loss("asl", gamma_neg=gamma, gamma_pos=gamma, clip=clip, detach=False)(None, y, logits=logits)
        (gradient,) = torch.autograd.grad(loss, logits)
        assert torch.isfinite(loss)
        assert torch.isfinite(gradient).all()
