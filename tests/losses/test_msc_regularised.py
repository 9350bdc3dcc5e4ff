"""msc_regularised: by hand, the effect of r, and that the gradient is not the derivative of the value."""

from math import e, log

import pytest
import torch

from mlcl_core.losses import build_loss
from mlcl_core.losses.core.kernel import coefficients, kernel_terms, per_anchor
from mlcl_core.pairs import PairWeights
from tests.cases import CASES
from tests.losses.test_msc import PROTOTYPES, Y, Z, points


def test_by_hand():
    """Only the first item has positives above their weight: e/Z against 1/4, twice, at s = 1."""
    z_log, share = log(2 * e + 1), e / (2 * e + 1)
    loss = build_loss("msc_regularised", temperature=1.0, reduction="none")
    expected = [z_log - 1 / 2 - 2 * (share - 1 / 4), z_log - 1, z_log - 1, log(3)]
    assert loss(Z, Y, prototypes=PROTOTYPES).tolist() == pytest.approx(expected)


def test_no_positive_is_pushed():
    """With weights that sum to 1 the force on a positive is min(p - w, 0), on all others p."""
    y = CASES["dense"]
    z, prototypes = points(y)
    own = torch.arange(len(y))
    terms = build_loss("msc_regularised").explain(z, y, z, y, self_index=own, prototypes=prototypes)
    some = terms.has_positive[:, None]
    expected = torch.where(terms.positive, (terms.probability - terms.attract).clamp_max(0), terms.probability) * some
    torch.testing.assert_close(terms.force, expected, rtol=1e-12, atol=1e-14)
    assert (terms.probability > terms.attract)[terms.positive].any()


def test_the_remainder_is_what_was_taken_from_the_push():
    """Forces of an anchor sum to minus its r, here not 0; without the regularisation to 0."""
    y = CASES["dense"]
    z, prototypes = points(y)
    own = torch.arange(len(y))
    terms = build_loss("msc_regularised").explain(z, y, z, y, self_index=own, prototypes=prototypes)
    r = (terms.probability - terms.attract).clamp_min(0) * terms.positive
    torch.testing.assert_close(terms.force.sum(1), -r.sum(1), rtol=1e-10, atol=1e-12)
    assert (r.sum(1) > 1e-3).any()
    plain = build_loss("msc_without_regularisation").explain(z, y, z, y, self_index=own, prototypes=prototypes)
    torch.testing.assert_close(plain.force.sum(1), torch.zeros(len(y), dtype=torch.float64), rtol=0, atol=1e-12)


def test_the_gradient_is_not_the_derivative_of_the_value():
    """On purpose: r is held constant, so differences of the value are another number."""
    z = Z.clone().requires_grad_()
    # rotated a little, so that the first item has a gradient
    turned = PROTOTYPES + torch.tensor([[0.0, 0.9], [0.3, 0.0]], dtype=torch.float64)
    loss = build_loss("msc_regularised", temperature=1.0)
    loss(z, Y, prototypes=turned).backward()
    step = torch.zeros_like(Z)
    step[0, 1] = 1e-5
    difference = (loss(Z + step, Y, prototypes=turned) - loss(Z - step, Y, prototypes=turned)).item() / 2e-5
    assert abs(difference - z.grad[0, 1].item()) > 1e-3


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_kernel_by_hand(scale):
    """p = 1/4, 1/2, 1/4 against w = 1/2, 1/4, 0: r = 0, 1/4, 0; omega = 3/4, c = 1."""
    s = torch.tensor([[0.0, log(2), 0.0]], dtype=torch.float64)
    w = torch.tensor([[0.5, 0.25, 0.0]], dtype=torch.float64)
    weights = PairWeights(w, torch.ones_like(w), w > 0)
    options = {"placement": "outside", "normalise": "none"}
    terms = kernel_terms(s, weights, torch.ones(1), scale=scale, regularised=True, **options)
    value = 0.5 * log(4) + 0.25 * log(2) - 0.25 * log(2)
    assert terms.value.item() == pytest.approx(scale * value, rel=1e-14)
    force = [3 / 16 - 1 / 2, 3 / 8 - 1 / 4 - 1 / 4, 3 / 16]
    assert terms.force[0].tolist() == pytest.approx([scale * f for f in force], abs=1e-15)
    leaf = s.clone().requires_grad_()
    c, _ = coefficients(weights, torch.ones(1), epsilon=0.0, **options)
    per_anchor(leaf, weights, c * scale, "outside", regularised=True).sum().backward()
    torch.testing.assert_close(leaf.grad, terms.force)
