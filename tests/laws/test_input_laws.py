"""Laws of the inputs of every loss: any float type, rows of tiny length, and inputs that are no numbers."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, Loss, build_loss, fitted_to_labels
from mlcl_core.losses.core.inputs import MIN_LENGTH, numbers, unit
from tests.cases import embeddings, label_matrices, labels, loss_inputs

FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
SIMILARITIES = ("cosine", "dot")
few = settings(max_examples=5)
every_loss = pytest.mark.parametrize("name", LOSSES)
seeds = strategies.integers(0, 2**16)
Y = labels("110", "100", "011", "000", "110")


def smallest(dtype: torch.dtype) -> float:
    """The smallest number above 0 of a float type, a subnormal one."""
    info = torch.finfo(dtype)
    return info.smallest_normal * info.eps


ROWS = {
    "zero": lambda dtype: 0.0,
    "subnormal": smallest,
    "tiny": lambda dtype: torch.finfo(dtype).smallest_normal,
    "short": lambda dtype: 1e-3,
    "ordinary": lambda dtype: 1.0,
}


def takes_references(name: str) -> bool:
    """Whether a loss takes keys, that is, does not refuse them."""
    if "embeddings" not in LOSSES[name].needs or name == "proto_only":
        return False
    z = embeddings(2)
    inputs = loss_inputs(LOSSES[name].needs, labels("110", "110"))
    try:
        build_loss(name)(
            z, labels("110", "110"), references=(z, labels("110", "110")), candidates="references", **inputs
        )
    except InputError:
        return False
    return True


# where cosines count: neither distances, nor logits, nor mixtures
OF_DIRECTIONS = [
    name for name, record in LOSSES.items() if record.needs & {"embeddings", "label_z"} and name != "contrastive_knn"
]
WITH_REFERENCES = {name for name in LOSSES if takes_references(name)}


def given_rows(loss: Loss, name: str, y: Tensor, dtype: torch.dtype, row: float, seed: int) -> dict[str, Tensor]:
    """z and every other input of a loss, each second row (prototype, key, item's labels) of that length."""
    made = {"z": embeddings(len(y), seed=seed), **loss_inputs(loss.needs, y, seed=seed)}
    if name in WITH_REFERENCES:
        made["keys"] = embeddings(len(y), seed=seed + 7)
    for key, x in made.items():
        x = x.detach().clone()
        x[::2] = row * x[::2].sign() if row < 1 else x[::2]
        made[key] = x.to(dtype).requires_grad_()
    return made


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@every_loss
@few
@given(
    y=label_matrices(max_items=5, max_labels=3),
    seed=seeds,
    row=strategies.sampled_from(sorted(ROWS)),
    extreme=strategies.booleans(),
    similarity=strategies.sampled_from(SIMILARITIES),
)
def test_finite_in_every_type_and_at_every_length(name, dtype, y, seed, row, extreme, similarity):
    """Value and gradients are finite, half precision and rows of zeros, references and prototypes among them."""
    options: dict[str, Any] = {"temperature": 1e-3, "reduction": "sum"} if extreme else {}
    options |= {"similarity": similarity}
    known = LOSSES[name].options
    loss = fitted_to_labels(build_loss(name, **{key: value for key, value in options.items() if key in known}), y)
    inputs = given_rows(loss, name, y, dtype, ROWS[row](dtype), seed)
    leaves = dict(inputs)
    if "keys" in inputs:
        inputs |= {"references": (inputs.pop("keys"), y), "candidates": "both"}
    value = loss(inputs.pop("z"), y, **inputs)
    assert value.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert torch.isfinite(value)
    value.backward()
    for key, x in leaves.items():
        assert x.grad is None or torch.isfinite(x.grad).all(), key


@pytest.mark.parametrize("name", OF_DIRECTIONS)
def test_a_row_without_direction_has_no_gradient(name):
    """Where directions count, a row of zeros has cosine 0 to all others and no gradient."""
    loss = fitted_to_labels(build_loss(name), Y)
    for length in (0.0, MIN_LENGTH / 4):
        z, inputs = embeddings(5), loss_inputs(loss.needs, Y)
        made = {"z": z, **{key: x.detach() for key, x in inputs.items()}}
        for x in made.values():
            x[0] = length / x.shape[-1]
        leaves = {key: x.requires_grad_() for key, x in made.items()}
        value = loss(leaves["z"], Y, **{key: x for key, x in leaves.items() if key != "z"})
        value.backward()
        assert any(x.grad is not None and x.grad[1:].any() for x in leaves.values())
        for x in leaves.values():
            assert x.grad is None or not x.grad[0].any()


def test_directions_down_to_the_shortest():
    """Rows from 1e-12 on have length 1, with the derivative of x / |x|; shorter ones are 0."""
    x = embeddings(4, 3)
    expected = x / x.norm(dim=1, keepdim=True)
    for length in (2e-12, 1e-6, 1.0, 1e6):
        torch.testing.assert_close(unit(length * expected), expected)
    assert not unit(0.9e-12 * expected).any()
    assert torch.autograd.gradcheck(unit, x.requires_grad_())
    assert torch.autograd.gradgradcheck(unit, x)


def test_directions_are_torchs_own_bit_for_bit():
    """For rows of ordinary length value and gradient are those of torch.nn.functional.normalize."""
    for dtype in (torch.float32, torch.float64):
        x, upstream = embeddings(50, 7, dtype=dtype).requires_grad_(), embeddings(50, 7, seed=1, dtype=dtype)
        ours, torchs = unit(x), torch.nn.functional.normalize(x, dim=1)
        assert torch.equal(ours, torchs)
        assert torch.equal(*(torch.autograd.grad(y, x, upstream)[0] for y in (ours, torchs)))


def test_a_gradient_too_large_for_its_type_is_its_largest_number():
    """65,504 in float16, with its sign; smaller ones pass as they are."""
    x = torch.ones(3, dtype=torch.float16, requires_grad=True)
    numbers("x", x).backward(torch.tensor([1e9, -1e9, 0.5]))
    assert x.grad.tolist() == [65504.0, -65504.0, 0.5]


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
def test_half_precision_under_torch_func():
    """Gradients of rows of tiny length stay finite there too; curvature and slope are those of float32."""
    loss, z = build_loss("weighted_supcon", temperature=1e-3), embeddings(5).half()
    z[0] = smallest(torch.float16)
    assert torch.isfinite(torch.func.grad(lambda x: loss(x, Y))(z)).all()
    loss, z = build_loss("weighted_supcon"), embeddings(5).half()
    single, half = (torch.func.hessian(lambda x: loss(x, Y))(x) for x in (z.float(), z))
    torch.testing.assert_close(half.float(), single, rtol=1e-2, atol=1e-3)
    slopes = [torch.func.jvp(lambda x: loss(x, Y), (x,), (torch.ones_like(x),))[1] for x in (z.float(), z)]
    torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-4)
    many = torch.func.vmap(lambda x: loss(x, Y))(torch.stack([z, 2 * z, -z]))
    torch.testing.assert_close(many, torch.stack([loss(x, Y) for x in (z, 2 * z, -z)]))


NO_FLOATS = {
    "whole numbers": lambda x: x.long(),
    "truth values": lambda x: x > 0,
    "complex numbers": lambda x: x.to(torch.complex64),
    "an array": lambda x: np.asarray(x),
    "a list": lambda x: x.tolist(),
}


@pytest.mark.usefixtures("unchecked")
@every_loss
def test_what_is_no_float_is_refused(name):
    """z, logits, label_z, mixture, prototypes and keys alike: one sentence with its name and its type."""
    loss = fitted_to_labels(build_loss(name), Y)
    made = {"z": embeddings(5), **{key: x.detach() for key, x in loss_inputs(loss.needs, Y).items()}}
    if name in WITH_REFERENCES:
        made["references"] = embeddings(5, seed=3)
    looked_at = [key for key in made if key != "z" or "embeddings" in loss.needs]
    for key, wrong in product(looked_at, NO_FLOATS.values()):
        given = {**made, key: wrong(made[key])}
        if "references" in given:
            given |= {"references": (given["references"], Y), "candidates": "references"}
        with pytest.raises(InputError, match="must be a tensor of floating-point numbers; given: ") as caught:
            loss(given.pop("z"), Y, **given)
        assert key in str(caught.value)
        assert "\n" not in str(caught.value)


NO_LABELS = {
    "floats": lambda y: y.float(),
    "whole numbers": lambda y: y.long(),
    "one label each": lambda y: y.int().argmax(1),
    "an array": lambda y: np.asarray(y),
    "a list": lambda y: y.tolist(),
    "a vector": lambda y: y[:, 0],
    "a row too few": lambda y: y[1:],
}


@pytest.mark.usefixtures("unchecked")
@every_loss
def test_what_are_no_labels_is_refused(name):
    """Labels that are no boolean matrix, or not one row an item, of anchors and references: one sentence."""
    loss = fitted_to_labels(build_loss(name), Y)
    inputs = loss_inputs(loss.needs, Y)
    for wrong in (make(Y) for make in NO_LABELS.values()):
        with pytest.raises(InputError) as caught:
            loss(embeddings(5), wrong, **inputs)
        assert "\n" not in str(caught.value)
        if name in WITH_REFERENCES:
            with pytest.raises(InputError):
                loss(embeddings(5), Y, references=(embeddings(5), wrong), candidates="references", **inputs)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("references", [embeddings(5), (embeddings(5),), (embeddings(5), Y, None, None), "keys"])
def test_references_that_are_none_are_refused(references):
    """Keys come with their labels."""
    with pytest.raises(InputError, match=r"references must be \(z, y\)"):
        build_loss("weighted_supcon")(embeddings(5), Y, references=references, candidates="both")
