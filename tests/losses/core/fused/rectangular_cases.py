"""The fused path of anchors against references under Triton's interpreter: a script; prints errors as JSON."""

import json
import os
import sys
from dataclasses import replace
from unittest import mock

os.environ["TRITON_INTERPRET"] = "1"

import numpy as np
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import WeightedSupCon, build_loss
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.fused.problem import Blocks, Plan
from mlcl_core.losses.core.fused.summed import fused_summed
from mlcl_core.losses.core.local_anchors import LocalAnchors
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs.slow import slow_paths

PLACEMENTS = ("outside", "inside", "inside_sum", "numerator_and_denominator")
HANDMADE = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]], dtype=torch.bool)
NEAR = torch.eye(4)[:1]
FAR = torch.tensor([[-0.9, 0.43, 0, 0], [-0.9, -0.43, 0, 0], [-0.9, 0, 0.43, 0], [-0.9, 0, 0, 0.43], [-1, 0, 0, 0]])
OPPOSITE = torch.tensor([[1.0, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 0]])
SIDEWAYS = torch.eye(4)[[1, 2, 3, 1, 2]]
WIDE, SMALL = Plan(), Plan(sums=Blocks(64, 16), gradient=Blocks(32, 16), programs=64)


def pairs_of(z, y, parts, reference_y, own, dtype):
    """Leaves of the anchors and of each part, and the pairs of them; None in place of a part stands for the anchors."""
    anchors = z.to(dtype, copy=True).requires_grad_()
    leaves = [anchors if x is None else x.to(dtype, copy=True).requires_grad_(wanted) for x, wanted in parts]
    return [anchors, *leaves], AnchorsAndReferences(anchors, y, torch.cat(leaves), reference_y, own, parts=(*leaves,))


def compared(value, gradients, expected, expected_gradients, temperature=0.1):
    """Relative errors of value and gradients, and whether the same ones are absent."""
    value, expected = float(value), float(expected)
    # float32 holds s, up to 1 / tau, to 1e-7 of it
    off, worst, agree = abs(value - expected) / max(abs(expected), 0.01 / temperature), 0.0, True
    for grad, wanted in zip(gradients, expected_gradients, strict=True):
        agree = agree and (grad is None) == (wanted is None)
        if grad is not None and wanted is not None:
            worst = max(worst, float((grad - wanted).norm() / wanted.norm().clamp_min(0.1)))
    return off, worst, agree


def errors(z, y, parts, reference_y, own=None, plan=WIDE, **options):
    """Errors of the kernels against whole matrices in float64; ``parts``: points, and whether they get a gradient."""
    loss, found = build_loss("weighted_supcon", reduction="sum", **options), []
    for dtype in (torch.float32, torch.float64):
        leaves, pairs = pairs_of(z, y, parts, reference_y, own, dtype)
        if dtype == torch.float32:
            value, _ = fused_summed(
                pairs,
                rule=loss.rule,
                params=loss.rule_params,
                form=LossForm(loss.placement, loss.normalisation, loss.epsilon, loss.scale),
                temperature=loss.temperature,
                dense=torch.sum,
                similarity=loss.similarity,
                plan=plan,
            )
        else:
            value = loss._dense_sum(pairs, pairs.z, *pairs.reference_parts)
        value.backward()
        found += [value.detach(), [leaf.grad for leaf in leaves]]
    return compared(*found, loss.temperature)


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
            yield f"{placement} {normalise}", both(16, 16, 9, 16, 0.2, **options)
        for temperature in (0.1, 0.001):
            options = {"placement": placement, "temperature": temperature}
            yield f"{placement}, tau {temperature}", learnt(20, 67, 9, 16, 0.2, **options, rule="jaccard")
            yield f"{placement}, splits, tau {temperature}", both(30, 105, 9, 10, 0.3, **options, plan=SMALL)
        yield from extremes(placement)
    for rule, params in (
        ("similarity_dissimilarity", {"roles": "reference"}),
        ("similarity_dissimilarity", {"factors": "symmetric", "empty_match": True}),
        ("jaccard", {"power": 0.4, "threshold": 0.2}),
        ("all_equal", {"empty_match": True}),
        ("hamming", {}),
        ("formula", {"expression": "exp(-only_s)*both**0.3 + max(s,t)/labels"}),
    ):
        yield f"{rule} {params}", both(16, 20, 6, 8, 0.35, rule=rule, rule_params=params)
    for n, m in ((1, 1), (1, 70), (70, 1), (64, 64), (130, 30)):
        found = learnt(n, m, 9, 16, 0.4, temperature=0.05, plan=SMALL if n > 100 else WIDE)
        yield f"{n} anchors, {m} references", found
    yield "a queue alone", queue(65, 129, 9, 16, 0.4)
    yield "300 labels", both(40, 30, 300, 20, 0.03)
    yield "90 labels", learnt(40, 66, 90, 16, 0.1)
    yield from selves()


def extremes(placement):
    """Rows whose cosines are all -.9 or less, 1 and -1, or 0, at temperatures that are small for them."""
    for temperature in (0.02, 0.001):
        options = {"placement": placement, "temperature": temperature, "rule": "jaccard"}
        for cosines, references in (("-.9", FAR), ("1 and -1", OPPOSITE), ("0", SIDEWAYS)):
            found = errors(NEAR, HANDMADE[:1], [(references, True)], HANDMADE, **options)
            yield f"{placement}, cosines {cosines}, tau {temperature}", found


def inputs():
    """What a loss may be given beside a batch: title, name and options of the loss, and further arguments."""
    _, _, other, other_y = random(30, 40, 6, 8, 0.4)
    prototypes = torch.randn(6, 8, generator=torch.Generator().manual_seed(2))
    queue = {"references": (other, other_y)}
    for candidates in ("references", "both"):
        yield f"queue as {candidates}", "weighted_supcon", {}, queue | {"candidates": candidates}
    for prototypes_as in ("others", "anchors", "only"):
        options = {"prototypes_as": prototypes_as}
        yield f"prototypes as {prototypes_as}", "direct", options, {"prototypes": prototypes}
    everything = queue | {"candidates": "both", "prototypes": prototypes}
    for reduction, no_positive in (("sum", "drop"), ("rows", "zero")):
        options = {"reduction": reduction, "no_positive": no_positive, "temperature": 0.02}
        yield f"queue and prototypes, {reduction}", "weighted_supcon", options, everything
    yield "strict, with a queue", "strict", {"empty_match": False}, queue | {"candidates": "both"}


def through(name, options, given, dtype, path):
    """Value of a loss of some inputs, and the gradients by batch and prototypes."""
    z, y, _, _ = random(30, 40, 6, 8, 0.4)
    z = z.to(dtype, copy=True).requires_grad_()
    given = dict(given)
    leaves = [z]
    if "prototypes" in given:
        given["prototypes"] = given["prototypes"].to(dtype, copy=True).requires_grad_()
        leaves.append(given["prototypes"])
    loss = WeightedSupCon(path=path, **options) if name == "direct" else build_loss(name, path=path, **options)
    value = loss(z, y, **given)
    value.backward()
    return value.detach(), [leaf.grad for leaf in leaves]


def through_losses():
    """Errors of whole losses, and of the shares of two processes."""
    for title, name, options, given in inputs():
        with slow_paths() as reasons:
            found = through(name, options, given, torch.float32, "fused")
        assert not reasons, reasons
        yield title, compared(*found, *through(name, options, given, torch.float64, "plain"))
    whole = through("weighted_supcon", {"reduction": "sum"}, {}, torch.float64, "plain")
    shares = [
        through("weighted_supcon", {"reduction": "sum"}, {"local_anchors": local}, torch.float32, "fused")
        for local in (LocalAnchors(torch.arange(k, 30, 2), k == 0, lambda count: count) for k in range(2))
    ]
    value, gradient = sum(share[0] for share in shares), sum(share[1][0] for share in shares)
    yield "two processes", compared(value, [gradient], *whole)


def facts():
    """Refusals, equal bits, and derivatives beyond the first."""
    z, y, other, other_y = random(20, 30, 6, 8, 0.4)
    refused = {}
    for name in ("msc", "proto_only"):
        loss = replace(build_loss(name), path="fused")
        try:
            loss(z, y, prototypes=other[:6])
        except InputError as error:
            refused[name] = str(error)
    given = {"references": (other, other_y), "candidates": "both", "prototypes": other[:6]}
    once, again = (through("weighted_supcon", {}, given, torch.float32, "fused") for given in [given] * 2)
    with mock.patch("mlcl_core.losses.weighted_supcon.half_precision", return_value=True), slow_paths() as said:
        auto, _ = through("weighted_supcon", {}, given, torch.float32, "auto")
    second = []
    for path in ("fused", "plain"):
        leaf = z.clone().requires_grad_()
        value = build_loss("weighted_supcon", path=path)(leaf, y, references=(other, other_y), candidates="both")
        (grad,) = torch.autograd.grad(value, leaf, create_graph=True)
        second += torch.autograd.grad(grad.norm(), leaf)
    return {
        "refused": refused,
        "equal bits": all(torch.equal(a, b) for a, b in zip([once[0], *once[1]], [again[0], *again[1]], strict=True)),
        "auto": [bool(auto == once[0]), list(said)],
        "second": float((second[0] - second[1]).abs().max()),
    }


if __name__ == "__main__":
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        json.dump({"errors": dict([*cases(), *through_losses()]), "facts": facts()}, sys.stdout)
