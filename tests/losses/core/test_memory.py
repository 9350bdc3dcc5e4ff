"""A loss step allocates nothing larger than items x items, items x labels or items x dimensions."""

import pytest
import torch

from mlcl_core.bench.loss_peers import base_broadcast
from mlcl_core.losses import PLACEMENTS, build_loss
from mlcl_core.pairs import RULES
from tests.cases import random_labels
from tests.pairs.test_memory import LargestTensor

N, C, D = 20, 300, 8
LIMIT = max(N * N, N * C, N * D)


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_forward_and_backward_stay_two_dimensional(rule, placement):
    """The largest tensor of forward, backward and explain is n x n or n x c."""
    y, z = random_labels(N, C, 0.05, 14), torch.randn(N, D, requires_grad=True)
    loss = build_loss("weighted_supcon", rule=rule, placement=placement)
    with LargestTensor() as spy:
        loss(z, y).backward()
        loss.explain(z.detach(), y, z.detach(), y, self_index=torch.arange(N))
    assert 0 < spy.entries <= LIMIT


def test_the_published_form_does_not():
    """The proof that the spy works: Base as published allocates n x n x c."""
    with LargestTensor() as spy:
        base_broadcast(torch.randn(N, D), random_labels(N, C, 0.05, 14))
    assert spy.entries == N * N * C
