"""The fused kernels under Triton's interpreter: run as a script; prints the errors of all cases as JSON."""

import json
import os
import sys

os.environ["TRITON_INTERPRET"] = "1"

import numpy as np
import torch

from mlcl_core.losses import build_loss
from mlcl_core.losses.core.fused import DEFAULT_PLAN, Blocks, Plan, fused_summed
from mlcl_core.losses.core.inputs import unit
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.tiled_problem import LossForm

PLACEMENTS = ("outside", "inside", "inside_sum", "numerator_and_denominator")
SMALL = Plan(sums=Blocks(16, 32), gradient=Blocks(32, 16), programs=64)
HANDMADE = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]], dtype=torch.bool)
FAR = torch.tensor([[1, 0, 0, 0], [-0.9, 0.43, 0, 0], [-0.9, -0.43, 0, 0], [-0.9, 0, 0.43, 0], [-0.9, 0, 0, 0.43]])


def plain(loss, z, y):
    """The formula as written, whole matrices left to autograd: the sum and the number of anchors with a positive."""
    own = torch.arange(len(y))
    weights = loss.rule.weights(y, y, self_index=own, dtype=z.dtype, **loss.rule_params)
    c, has_positive = coefficients(
        weights,
        y.sum(1).to(z.dtype),
        placement=loss.placement,
        normalise=loss.normalisation,
        epsilon=loss.epsilon,
    )
    points = unit(z) if loss.similarity == "cosine" else z
    s = points @ points.T / loss.temperature
    return per_anchor(s, weights, c * loss.scale, loss.placement).sum(), has_positive.sum()


def errors(z, y, plan=DEFAULT_PLAN, **options):
    """Relative errors of value and gradient against float64, and whether the counts agree."""
    loss = build_loss("weighted_supcon", **options)
    exact, rounded = z.double().requires_grad_(), z.clone().requires_grad_()
    value, count = plain(loss, exact, y)
    value.backward()
    ours, ours_count = fused_summed(
        rounded,
        y,
        rule=loss.rule,
        params=loss.rule_params,
        form=LossForm(loss.placement, loss.normalisation, loss.epsilon, loss.scale),
        temperature=loss.temperature,
        similarity=loss.similarity,
        operands=torch.float32,
        plan=plan,
    )
    ours.backward()
    off = float((rounded.grad - exact.grad).norm() / exact.grad.norm().clamp_min(1e-3))
    ours, value = ours.detach(), value.detach()
    return abs(float(ours - value)) / max(abs(float(value)), 1e-3), off, int(count) == int(ours_count)


def random(n, c, d, share, seed=0):
    """Embeddings and labels of a seed."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator), torch.rand(n, c, generator=generator) < share


def cases():
    """Name and errors of every case."""
    for placement in PLACEMENTS:
        for normalise in ("count", "weight_sum", "labels", "none"):
            z, y = random(70, 9, 16, 0.2)
            options = {"placement": placement, "normalise": normalise, "epsilon": 1e-3, "base_temperature": 0.07}
            yield f"{placement} {normalise}", errors(z, y, **options)
        for temperature in (0.02, 0.01, 0.001):
            found = errors(*random(70, 9, 16, 0.2), placement=placement, temperature=temperature, rule="jaccard")
            yield f"{placement} tau {temperature}", found
        z, y = random(131, 9, 10, 0.3)
        yield f"{placement} splits", errors(z, y, SMALL, placement=placement)
        yield f"{placement} splits tau .005", errors(z, y, SMALL, placement=placement, temperature=0.005)
    for rule, params in (
        ("similarity_dissimilarity", {"roles": "reference"}),
        ("similarity_dissimilarity", {"factors": "symmetric", "empty_match": True}),
        ("jaccard", {"power": 0.4, "threshold": 0.2}),
        ("all_equal", {"empty_match": True}),
        ("label_dot", {}),
        ("hamming", {}),
        ("formula", {"expression": "exp(-only_s)*both**0.3 + max(s,t)/labels"}),
        ("formula", {"expression": "where(s==t, 2, 1/0) + (s-t)**2", "positive": "any"}),
    ):
        yield f"{rule} {params}", errors(*random(33, 6, 8, 0.35), rule=rule, rule_params=params)
    for n in (1, 2, 3, 5, 64, 65, 129):
        yield f"{n} items", errors(*random(n, 9, 16, 0.4), temperature=0.05)
    z, y = random(40, 6, 8, 0.4)
    y[::3] = False
    yield "rows without labels", errors(z, y)
    yield "no labels", errors(z, torch.zeros_like(y))
    yield "a row without direction", errors(torch.cat([z[:20], z.new_zeros(1, 8), z[21:]]), y)
    yield "dot products", errors(z * 5, y, similarity="dot")
    yield "1,000 labels", errors(*random(66, 1000, 16, 0.01))
    yield "90 labels, 20 dimensions", errors(*random(66, 90, 20, 0.1))
    for temperature in (0.05, 0.02, 0.001):
        for placement in PLACEMENTS:
            yield (
                f"cosines -.9, tau {temperature} {placement}",
                errors(FAR, HANDMADE, rule="jaccard", placement=placement, temperature=temperature),
            )
            yield (
                f"cosines 0, tau {temperature} {placement}",
                errors(torch.eye(8)[:5], HANDMADE, rule="jaccard", placement=placement, temperature=temperature),
            )
    yield "1,000 items", errors(*random(1000, 20, 16, 0.1), Plan(programs=64))


if __name__ == "__main__":
    with np.errstate(divide="ignore", invalid="ignore"):
        json.dump(dict(cases()), sys.stdout)
