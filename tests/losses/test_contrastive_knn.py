"""contrastive_knn: Euclidean distances, pull by the number of common labels."""

from math import exp, log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import PairLoss, build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.pair_checks import check_pairs, check_values


def minus_distance(temperature):
    """-|z_i - z_j| / tau, by differences; 0 on the diagonal, whose gradient is 0."""

    def similarity(z):
        squared = ((z[:, None] - z[None]) ** 2).sum(-1)
        apart = squared > 0
        return -torch.where(apart, torch.where(apart, squared, 1).sqrt(), 0) / temperature

    return similarity


def test_by_hand():
    """Points 0, 1 and 3 on a line, {a, b}, {a, b}, {a}: the first gives 2/3 and 1/3 to distances 1 and 3."""
    z = torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64)
    values = build_loss("contrastive_knn", reduction="none")(z, labels("11", "11", "10"))
    first = log(exp(-1) + exp(-3)) + 2 / 3 * 1 + 1 / 3 * 3
    second = log(exp(-1) + exp(-2)) + 2 / 3 * 1 + 1 / 3 * 2
    third = log(exp(-3) + exp(-2)) + 1 / 2 * 3 + 1 / 2 * 2
    assert values.tolist() == pytest.approx([first, second, third])


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
def test_equal_to_the_loops(case, dtype):
    """Every reduction on every case."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loops = reference.contrastive_knn(minus_distance(2)(z).numpy(), y)
    check_values(build_loss("contrastive_knn", temperature=2), z.to(dtype), y, loops, TOLERANCE[dtype])


@pytest.mark.parametrize("case", ["five_relations", "empty_rows", "one_lonely"])
def test_pairs(case):
    """Forces equal differences of the loops, chain to the gradient, and sum to 0."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loss = build_loss("contrastive_knn", temperature=2)
    check_pairs(loss, z, y, lambda s: reference.contrastive_knn(s, y), minus_distance(2))
    force = loss.explain(z, y, z, y, self_index=torch.arange(len(y))).force
    torch.testing.assert_close(force.sum(1), torch.zeros(len(y), dtype=torch.float64))
    assert isinstance(loss, PairLoss)
    assert loss.with_temperature(3.0).temperature == 3.0


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
def test_items_in_the_same_place(dtype):
    """Distance 0 has no direction: value and gradient stay finite, for all in one place 0."""
    y = CASES["five_relations"]
    z = torch.ones(6, 5, dtype=dtype).requires_grad_()
    loss = build_loss("contrastive_knn")(z, y)
    loss.backward()
    assert loss.item() == pytest.approx(log(5))
    assert not z.grad.any()


def test_near_items_far_from_the_origin():
    """In float32, items 1e-3 apart at a distance of 100 keep their distances (a product of vectors loses them)."""
    z = torch.full((40, 3), 100.0) + 1e-3 * torch.randn(40, 3)
    y = torch.ones(40, 1, dtype=torch.bool)
    exact = build_loss("contrastive_knn", temperature=1e-3)(z.double(), y).item()
    assert build_loss("contrastive_knn", temperature=1e-3)(z, y).item() == pytest.approx(exact, rel=1e-4)


def test_gradient_by_differences():
    """Value and gradient agree by finite differences."""
    y, z = CASES["empty_rows"], embeddings(5).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: build_loss("contrastive_knn")(z, y), z)


def test_the_batch_only():
    """References and prototypes are refused."""
    y, z = CASES["five_relations"], embeddings(6)
    for inputs in ({"references": (z, y), "candidates": "both"}, {"prototypes": z}):
        with pytest.raises(InputError, match="the batch only"):
            build_loss("contrastive_knn")(z, y, **inputs)
