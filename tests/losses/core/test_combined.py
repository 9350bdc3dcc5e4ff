"""A contrastive and a logit loss together."""

import pytest
import torch

from mlcl_core.losses import Combined, build_loss, fitted_to_labels
from tests.cases import CASES, embeddings

Y = CASES["five_relations"]


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_weighted_sum(weight):
    """alpha of the one and 1 - alpha of the other, in value and in both gradients."""
    contrastive, logit = build_loss("weighted_supcon"), build_loss("bce")
    z, logits = embeddings(6).requires_grad_(), torch.randn(6, 5, dtype=torch.float64, requires_grad=True)
    both = Combined(contrastive, logit, weight)(z, Y, logits=logits)
    first, second = contrastive(z, Y), logit(z, Y, logits=logits)
    torch.testing.assert_close(both, weight * first + (1 - weight) * second)
    both.backward()
    (expected,) = torch.autograd.grad(weight * first, z)
    torch.testing.assert_close(z.grad, expected)
    (expected,) = torch.autograd.grad((1 - weight) * second, logits)
    torch.testing.assert_close(logits.grad, expected)


def test_it_needs_what_both_need():
    """Embeddings and logits."""
    assert Combined(build_loss("weighted_supcon"), build_loss("bce"), 0.5).needs == {"embeddings", "logits"}


def test_label_counts_reach_the_part_that_needs_them():
    """A mixture fitted to training labels equals the mixture of its losses fitted to them."""
    contrastive, logit = build_loss("weighted_supcon"), build_loss("distribution_balanced")
    z, logits = embeddings(6), embeddings(6, 5, seed=1)
    both = fitted_to_labels(Combined(contrastive, logit, 0.5), Y)(z, Y, logits=logits)
    expected = (contrastive(z, Y) + fitted_to_labels(logit, Y)(z, Y, logits=logits)) / 2
    torch.testing.assert_close(both, expected)
