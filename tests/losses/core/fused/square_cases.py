"""The fused path under Triton's interpreter: run as a script; prints the errors of all cases as JSON."""

import json
import os
import sys

os.environ["TRITON_INTERPRET"] = "1"

import numpy as np
import torch
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.fused.problem import Blocks, Plan
from mlcl_core.losses.core.fused.summed import fused_summed
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs.slow import slow_paths
from tests.losses.core.formulas import FORMULAS

PLACEMENTS = ("outside", "inside", "inside_sum", "numerator_and_denominator")
SMALL = Plan(sums=Blocks(64, 16), gradient=Blocks(32, 16), programs=64)
LARGE = Plan(sums=Blocks(128, 128), gradient=Blocks(128, 128))
HANDMADE = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]], dtype=torch.bool)
FAR = torch.tensor([[1, 0, 0, 0], [-0.9, 0.43, 0, 0], [-0.9, -0.43, 0, 0], [-0.9, 0, 0.43, 0], [-0.9, 0, 0, 0.43]])
OPPOSITE = torch.tensor([[1.0, 0], [-1, 0], [-1, 0], [-1, 0], [-1, 0]])
TAUS = (0.02, 0.01, 0.001)


def compared(value, gradient, expected, expected_gradient, temperature=0.1):
    """Relative errors of value and gradient; a value is rounded as its scores are, of which the largest is 1 / tau."""
    off = float((gradient - expected_gradient).norm() / expected_gradient.norm().clamp_min(1e-3))
    value, expected = float(value.detach()), float(expected.detach())
    return abs(value - expected) / max(abs(expected), 0.01 / temperature), off


def through(z, y, **options):
    """Value of a loss and its gradient."""
    z = z.clone().requires_grad_()
    value = build_loss("weighted_supcon", **options)(z, y)
    value.backward()
    return value, z.grad


def errors(z, y, **options):
    """Errors of the fused path through the public loss, against whole matrices in float64."""
    with slow_paths() as reasons:
        found = through(z, y, path="fused", **options)
    assert not reasons, reasons
    expected = through(z.double(), y, path="plain", **options)
    return compared(*found, *expected, options.get("temperature", 0.1))


def errors_of_sum(z, y, plan, **options):
    """The same of the kernels with tiles and splits of their own."""
    loss = build_loss("weighted_supcon", reduction="sum", **options)
    z = z.clone().requires_grad_()
    value, _ = fused_summed(
        AnchorsAndReferences(z, y, z, y, torch.arange(len(y))),
        rule=loss.rule,
        params=loss.rule_params,
        form=LossForm(loss.placement, loss.normalisation, loss.epsilon, loss.scale),
        temperature=loss.temperature,
        dense=lambda z: z.sum(),
        plan=plan,
    )
    value.backward()
    expected = through(z.detach().double(), y, path="plain", reduction="sum", **options)
    return compared(value, z.grad, *expected, loss.temperature)


def random(n, c, d, share, seed=0):
    """Embeddings and labels of a seed."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator), torch.rand(n, c, generator=generator) < share


def options():
    """Every option of the loss."""
    for placement in PLACEMENTS:
        for normalise in ("count", "weight_sum", "labels", "none"):
            yield {"placement": placement, "normalise": normalise, "epsilon": 1e-3, "base_temperature": 0.07}
    for reduction in ("mean", "sum", "rows"):
        for no_positive in ("drop", "zero"):
            yield {"reduction": reduction, "no_positive": no_positive, "epsilon": 1e-3}
    for rule, params in (
        ("similarity_dissimilarity", {"roles": "reference"}),
        ("similarity_dissimilarity", {"factors": "symmetric", "empty_match": True}),
        ("any_shared", {}),
        ("jaccard", {"power": 0.4, "threshold": 0.2}),
        ("all_equal", {"empty_match": True}),
        ("label_dot", {}),
        ("hamming", {}),
        ("formula", {"expression": "exp(-only_s)*both**0.3 + max(s,t)/labels"}),
        ("formula", {"expression": "where(s==t, 2, 1/0) + (s-t)**2", "positive": "any"}),
    ):
        yield {"rule": rule, "rule_params": params}


def sizes():
    """Numbers of items, labels and dimensions that fill no tile, or more than one."""
    for n in (1, 2, 3, 5, 64, 65, 129):
        yield f"{n} items", *random(n, 9, 16, 0.4)
    z, y = random(40, 6, 8, 0.4)
    yield "no labels", z, torch.zeros_like(y)
    yield "rows without labels", z, y & (torch.arange(40) % 3 > 0)[:, None]
    yield "a row without direction", torch.cat([z[:20], z.new_zeros(1, 8), z[21:]]), y
    yield "1,000 labels", *random(66, 1000, 16, 0.01)
    yield "10,000 labels", *random(5, 10_000, 4, 0.001)
    yield "90 labels, 20 dimensions", *random(66, 90, 20, 0.1)
    yield "no label, one dimension", *random(4, 0, 1, 0.1)


def extremes(placement):
    """Rows whose cosines are all -1, 0, 1 or -.9, at temperatures that are small for them."""
    options = {"rule": "jaccard", "placement": placement, "temperature": 0.05}
    for n in range(2, 6):
        yield f"{placement}, {n} cosines -.9", errors(FAR[:n], HANDMADE[:n], **options)
    for tau in TAUS:
        options["temperature"] = tau
        yield f"{placement}, cosines -1, tau {tau}", errors(OPPOSITE, HANDMADE, **options)
        yield f"{placement}, cosines 0, tau {tau}", errors(torch.eye(5), HANDMADE, **options)
        yield f"{placement}, cosines 1, tau {tau}", errors(torch.ones(5, 4), HANDMADE, **options)
    small = {"placement": placement, "temperature": 0.0233, "rule": "formula", "normalise": "none"}
    small["rule_params"] = {"expression": "both * 1e-6"}
    points, labels = torch.tensor([[1.0, 0], [-1, 0], [1, 0]]), torch.tensor([[1, 0], [1, 0], [0, 1]]).bool()
    yield f"{placement}, a far positive of a small weight", errors(points, labels, **small)


def drawn():
    """Formulas drawn at random."""
    found = {}

    @seed(1)
    @settings(max_examples=12, deadline=None, database=None)
    @given(formula=FORMULAS, positive=st.sampled_from(["shared", "any"]), placement=st.sampled_from(PLACEMENTS))
    def draw(formula, positive, placement):
        params = {"expression": formula, "positive": positive}
        try:
            build_loss("weighted_supcon", rule="formula", rule_params=params)
        except InputError:
            return
        found[f"{placement} {positive} {formula}"] = errors(
            *random(9, 4, 5, 0.5), rule="formula", rule_params=params, placement=placement
        )

    draw()
    return found.items()


def cases():
    """Name and errors of every case."""
    for each in options():
        yield str(each), errors(*random(35, 7, 8, 0.3), **each)
    for name, z, y in sizes():
        yield name, errors(z, y, temperature=0.05)
    yield "dot products", errors(random(40, 6, 8, 0.4)[0] * 5, random(40, 6, 8, 0.4)[1], similarity="dot")
    for placement in PLACEMENTS:
        yield from extremes(placement)
        for tau in (0.1,) if placement in ("inside", "numerator_and_denominator") else (0.005,):
            found = errors_of_sum(*random(131, 9, 10, 0.3), SMALL, placement=placement, temperature=tau)
            yield f"{placement}, splits, tau {tau}", found
    yield "1,000 items", errors_of_sum(*random(1000, 20, 16, 0.1), LARGE)
    yield from drawn()


def second_derivative(path):
    """The gradient of the gradient's length, and what is said."""
    z, y = random(12, 5, 4, 0.5)
    z.requires_grad_()
    with slow_paths() as reasons:
        (grad,) = torch.autograd.grad(build_loss("weighted_supcon", path=path)(z, y), z, create_graph=True)
        (second,) = torch.autograd.grad(grad.norm(), z)
    return second, list(reasons)


def facts():
    """Derivatives beyond the first, torch.func, and the types of gradients."""
    z, y = random(12, 5, 4, 0.5)
    loss, plain = (build_loss("weighted_supcon", path=path) for path in ("fused", "plain"))
    with slow_paths() as traced:
        functional = torch.func.grad(lambda z: loss(z, y))(z)
    second, said = second_derivative("fused")
    half = z.half().requires_grad_()
    (loss(half, y) * 2**30).backward()
    with torch.no_grad():
        value = loss(z, y)
    return {
        "second": float((second - second_derivative("plain")[0]).abs().max()),
        "functional": float((functional - torch.func.grad(lambda z: plain(z, y))(z)).abs().max()),
        "said": [*said, *traced],
        "half": [str(half.grad.dtype), float(half.grad.abs().max())],
        "without gradient": [float(value - plain(z, y)), value.requires_grad],
    }


if __name__ == "__main__":
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        json.dump({"errors": dict(cases()), "facts": facts()}, sys.stdout)
