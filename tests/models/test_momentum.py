"""The slowly moving copy that computes the keys."""

import torch
from torch import nn

from mlcl_core.models import MomentumEncoder


def test_it_follows_by_its_share() -> None:
    """From 0 towards 1 with momentum .9: .1, then .19; the trained weights are left alone."""
    encoder, head = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    for layer in (encoder, head):
        nn.init.zeros_(layer.weight)
    slow = MomentumEncoder(encoder, head)
    for layer in (encoder, head):
        nn.init.ones_(layer.weight)
    for expected in (0.1, 0.19):
        slow.follow(encoder, head, 0.9)
        torch.testing.assert_close(slow.encoder.weight.item(), expected, rtol=1e-6, atol=0)
    assert encoder.weight.item() == 1


def test_no_gradient_reaches_it() -> None:
    """Its weights are not trained, its keys carry no gradient."""
    slow = MomentumEncoder(nn.Linear(2, 2), nn.Linear(2, 2))
    assert not any(parameter.requires_grad for parameter in slow.parameters())
    assert not slow(torch.randn(3, 2, requires_grad=True)).requires_grad


def test_buffers_are_taken_whole() -> None:
    """Running statistics are copied, not mixed."""
    encoder = nn.BatchNorm1d(2)
    slow = MomentumEncoder(encoder, nn.Identity())
    encoder(torch.randn(8, 2) + 3)
    slow.follow(encoder, nn.Identity(), 0.99)
    assert torch.equal(slow.encoder.running_mean, encoder.running_mean)
