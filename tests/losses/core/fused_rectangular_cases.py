"""Fused kernels of anchors against references under Triton's interpreter: a script; prints all errors as JSON."""

import json
import os
import sys

os.environ["TRITON_INTERPRET"] = "1"

import numpy as np
import torch

from mlcl_core.losses import build_loss
from mlcl_core.losses.core.fused_problem import DEFAULT_PLAN, Blocks, Plan
from mlcl_core.losses.core.fused_rectangular import fused_rectangular_summed
from mlcl_core.losses.core.inputs import unit
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.tiled_problem import LossForm

PLACEMENTS = ("outside", "inside", "inside_sum", "numerator_and_denominator")
HANDMADE = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]], dtype=torch.bool)
NEAR = torch.eye(4)[:1]
FAR = torch.tensor([[-0.9, 0.43, 0, 0], [-0.9, -0.43, 0, 0], [-0.9, 0, 0.43, 0], [-0.9, 0, 0, 0.43], [-1, 0, 0, 0]])
OPPOSITE = torch.tensor([[1.0, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 0]])
SIDEWAYS = torch.eye(4)[[1, 2, 3, 1, 2]]
SMALL = Plan(sums=Blocks(16, 32), gradient=Blocks(32, 16), programs=64)


def plain(loss, z, y, references, reference_y, own):
    """The formula as written, whole matrices left to autograd: the sum and the number of anchors with a positive."""
    weights = loss.rule.weights(y, reference_y, self_index=own, dtype=z.dtype, **loss.rule_params)
    c, has_positive = coefficients(
        weights,
        y.sum(1).to(z.dtype),
        placement=loss.placement,
        normalise=loss.normalisation,
        epsilon=loss.epsilon,
    )
    points, others = (unit(z), unit(references)) if loss.similarity == "cosine" else (z, references)
    s = points @ others.T / loss.temperature
    return per_anchor(s, weights, c * loss.scale, loss.placement).sum(), has_positive.sum()


def errors(z, y, parts, reference_y, own=None, plan=DEFAULT_PLAN, **options):
    """Relative errors of value and gradients against float64, and whether counts and absent gradients agree.

    ``parts``: pairs of points and whether they need a gradient; None in place of points stands for the anchors.
    """
    loss = build_loss("weighted_supcon", **options)
    found = []
    for dtype in (torch.float64, torch.float32):
        anchors = z.to(dtype, copy=True).requires_grad_()
        references = [
            anchors if x is None else x.to(dtype, copy=True).requires_grad_(needs_gradient)
            for x, needs_gradient in parts
        ]
        if dtype == torch.float64:
            value, count = plain(loss, anchors, y, torch.cat(references), reference_y, own)
        else:
            value, count = fused_rectangular_summed(
                anchors,
                y,
                references,
                reference_y,
                own,
                rule=loss.rule,
                params=loss.rule_params,
                form=LossForm(loss.placement, loss.normalisation, loss.epsilon, loss.scale),
                temperature=loss.temperature,
                similarity=loss.similarity,
                operands=torch.float32,
                plan=plan,
            )
        value.backward()
        found.append((value.detach(), count, [anchors.grad, *(x.grad for x in references)]))
    (exact, exact_count, exact_grads), (value, count, grads) = found
    # float32 holds s, up to 1 / tau, to 1e-7 of it
    off = abs(float(value - exact)) / max(abs(float(exact)), 0.01 / loss.temperature)
    agree = int(count) == int(exact_count)
    worst = 0.0
    for grad, wanted in zip(grads, exact_grads, strict=True):
        agree = agree and (grad is None) == (wanted is None)
        if grad is not None and wanted is not None:
            worst = max(worst, float((grad - wanted).norm() / wanted.norm().clamp_min(0.1)))
    return off, worst, agree


def random(n, m, c, d, share, seed=0):
    """Embeddings and labels of a seed: anchors, and references."""
    generator = torch.Generator().manual_seed(seed)
    z, other = (torch.randn(k, d, generator=generator) for k in (n, m))
    y, other_y = (torch.rand(k, c, generator=generator) < share for k in (n, m))
    return z, y, other, other_y


def queue(n, m, c, d, share, **options):
    """Anchors against a queue without a gradient."""
    z, y, other, other_y = random(n, m, c, d, share)
    return errors(z, y, [(other, False)], other_y, **options)


def both(n, m, c, d, share, **options):
    """Anchors against themselves and a queue."""
    z, y, other, other_y = random(n, m, c, d, share)
    return errors(z, y, [(None, True), (other, False)], torch.cat([y, other_y]), torch.arange(n), **options)


def learnt(n, m, c, d, share, **options):
    """Anchors against points with a gradient."""
    z, y, other, other_y = random(n, m, c, d, share)
    return errors(z, y, [(other, True)], other_y, **options)


def selves():
    """Every way in which anchors meet their own items: name and errors."""
    z, y, other, other_y = random(40, 75, 9, 16, 0.3)
    generator = torch.Generator().manual_seed(1)
    own = torch.randperm(75, generator=generator)[:40]
    own[::5] = -1
    yield "own items anywhere, some without", errors(z, y, [(other, True)], other_y, own, plan=SMALL)
    yield "no own item", errors(z, y, [(other, True)], other_y, torch.full((40,), -1))
    rows = torch.cat([torch.arange(10, 20), torch.arange(50, 60)])
    yield "rows of a batch", errors(other[rows], other_y[rows], [(other, True)], other_y, rows, plan=SMALL)
    prototypes, eye = torch.randn(9, 16, generator=generator), torch.eye(9, dtype=torch.bool)
    parts = [(None, True), (other, False), (prototypes, True)]
    labels = torch.cat([y, other_y, eye])
    yield "batch, queue and prototypes", errors(z, y, parts, labels, torch.arange(40), plan=SMALL)
    both_y = torch.cat([y, eye])
    own = torch.arange(49)
    found = errors(torch.cat([z, prototypes]), both_y, [(torch.cat([z, prototypes]), True)], both_y, own)
    yield "prototypes as anchors", found
    yield "prototypes alone", errors(z, y, [(prototypes, True)], eye)
    yield "their labels alone", errors(z, y, [(prototypes, True)], torch.zeros_like(eye))
    nothing, no_labels = other[:0], other_y[:0]
    yield "no references", errors(z, y, [(nothing, True)], no_labels)
    yield "no anchors", errors(z[:0], y[:0], [(other, True)], other_y)
    yield "an empty part", errors(z, y, [(None, True), (nothing, False)], y, torch.arange(40))
    empty = y.clone()
    empty[::3] = False
    zero = torch.cat([z[:20], z.new_zeros(1, 16), z[21:]])
    yield (
        "rows without labels or direction",
        errors(zero, empty, [(None, True), (other, True)], torch.cat([empty, other_y]), torch.arange(40)),
    )
    yield "dot products", errors(z * 5, y, [(other * 5, True)], other_y, similarity="dot")


def cases():
    """Name and errors of every case."""
    for placement in PLACEMENTS:
        for normalise in ("count", "weight_sum", "labels", "none"):
            options = {"placement": placement, "normalise": normalise, "epsilon": 1e-3, "base_temperature": 0.07}
            yield f"{placement} {normalise}", both(30, 29, 9, 16, 0.2, **options)
        yield f"{placement} learnt", learnt(20, 67, 9, 16, 0.2, placement=placement)
        for temperature in (0.02, 0.001):
            found = both(35, 40, 9, 16, 0.2, placement=placement, temperature=temperature, rule="jaccard")
            yield f"{placement} tau {temperature}", found
        yield f"{placement} splits", both(50, 90, 9, 10, 0.3, placement=placement, plan=SMALL)
        options = {"placement": placement, "temperature": 0.005, "plan": SMALL}
        yield f"{placement} splits tau .005", learnt(40, 131, 9, 10, 0.3, **options)
    for rule, params in (
        ("similarity_dissimilarity", {"roles": "reference"}),
        ("similarity_dissimilarity", {"factors": "symmetric", "empty_match": True}),
        ("jaccard", {"power": 0.4, "threshold": 0.2}),
        ("all_equal", {"empty_match": True}),
        ("hamming", {}),
        ("formula", {"expression": "exp(-only_s)*both**0.3 + max(s,t)/labels"}),
    ):
        yield f"{rule} {params}", both(20, 30, 6, 8, 0.35, rule=rule, rule_params=params)
    for n, m in ((1, 1), (1, 70), (70, 1), (64, 64), (65, 129), (130, 3)):
        yield f"{n} anchors, {m} references", learnt(n, m, 9, 16, 0.4, temperature=0.05)
        yield f"{n} anchors, {m} in the queue", queue(n, m, 9, 16, 0.4, temperature=0.05)
    yield "300 labels", both(66, 40, 300, 20, 0.03)
    yield "90 labels", learnt(66, 40, 90, 16, 0.1)
    for temperature in (0.02, 0.001):
        for placement in PLACEMENTS:
            options = {"placement": placement, "temperature": temperature, "rule": "jaccard"}
            yield (
                f"cosines -.9, tau {temperature} {placement}",
                errors(NEAR, HANDMADE[:1], [(FAR, True)], HANDMADE, **options),
            )
            yield (
                f"cosines 1 and -1, tau {temperature} {placement}",
                errors(NEAR, HANDMADE[:1], [(torch.cat([NEAR, -NEAR.expand(4, 4)]), True)], HANDMADE, **options),
            )
            yield (
                f"cosines 0, tau {temperature} {placement}",
                errors(torch.eye(8)[:2], HANDMADE[:2], [(torch.eye(8)[3:], True)], HANDMADE, **options),
            )
    yield from selves()


if __name__ == "__main__":
    with np.errstate(divide="ignore", invalid="ignore"):
        json.dump(dict(cases()), sys.stdout)
