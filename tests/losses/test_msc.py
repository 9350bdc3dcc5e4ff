"""msc: by hand, against the loops with keys and without, its pairs, its edge cases."""

from math import e, log

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels, random_labels

NAMES = [name for name, record in LOSSES.items() if "prototypes" in record.needs]
# items {a, b} and {a} and the prototype of a in one place, the prototype of b at a right angle
Z = torch.tensor([[2.0, 0.0], [5.0, 0.0]], dtype=torch.float64)
Y = labels("11", "10")
PROTOTYPES = torch.tensor([[3.0, 0.0], [0.0, 0.5]], dtype=torch.float64)


def points(y, *, dtype=torch.float64):
    """Embeddings and prototypes for a label matrix."""
    return embeddings(len(y), dtype=dtype), embeddings(y.shape[1], seed=7, dtype=dtype)


def test_by_hand():
    """Shares 1/3, 2/3 of a and 1 of b; Z = e/2 + e + 1: the anchors lose log Z - 1/2 and log Z - 1."""
    loss = build_loss("msc", temperature=1.0, beta=0.5, reduction="none")
    z_log = log(1.5 * e + 1)
    assert loss(Z, Y, prototypes=PROTOTYPES).tolist() == pytest.approx([z_log - 1 / 2, z_log - 1])
    mean = build_loss("msc", temperature=1.0, beta=0.5)
    assert mean(Z, Y, prototypes=PROTOTYPES).item() == pytest.approx(z_log - 3 / 4)


def test_an_item_without_labels_is_dropped_or_counts_as_0():
    """It is a negative of the others; the mean leaves it out, or not."""
    y, z = labels("11", "10", "00"), torch.cat([Z, Z[:1]])
    z_log = log(2 * e + 1)
    for no_positive, count in (("drop", 2), ("zero", 3)):
        loss = build_loss("msc", temperature=1.0, beta=0.5, no_positive=no_positive)
        assert loss(z, y, prototypes=PROTOTYPES).item() == pytest.approx((2 * z_log - 3 / 2) / count)


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("params", [{}, {"alpha": 0.3, "beta": 2.0}, {"epsilon": 1e-3}, {"alpha": 0.0}])
def test_equal_to_the_loops(params, dtype):
    """One value per item, on every case."""
    loss = build_loss("msc", temperature=0.3, reduction="none", **params)
    for y in CASES.values():
        z, prototypes = points(y)
        expected = reference.msc_loss(z, y, prototypes, 0.3, **params)
        given = loss(z.to(dtype), y, prototypes=prototypes.to(dtype))
        np.testing.assert_allclose(given.numpy(), expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_with_keys_and_a_queue():
    """Keys and queue count as items, in the shares and in the normaliser; the own key is one of them."""
    y = CASES["five_relations"]
    z, prototypes = points(y)
    references = torch.cat([z, embeddings(7, seed=9)]), torch.cat([y, random_labels(7, 5, 0.4, 10)])
    loss = build_loss("msc", temperature=0.3, reduction="none")
    given = loss(z, y, references=references, candidates="both", prototypes=prototypes)
    expected = reference.msc_loss(z, y, prototypes, 0.3, references=references)
    torch.testing.assert_close(given, torch.from_numpy(expected))


def test_gradients_reach_prototypes_and_items():
    """Gradients equal central differences of the loops, at every coordinate."""
    y = CASES["one_lonely"]
    z, prototypes = (x.requires_grad_() for x in points(y))
    build_loss("msc", temperature=0.5)(z, y, prototypes=prototypes).backward()

    def value(z_, prototypes_):
        return float(np.mean(reference.msc_loss(z_, y, prototypes_, 0.5)))

    both = [z.detach().numpy(), prototypes.detach().numpy()]
    for leaf, place in ((z, 0), (prototypes, 1)):
        for index in np.ndindex(tuple(leaf.shape)):
            values = []
            for step in (1e-6, -1e-6):
                moved = [x.copy() for x in both]
                moved[place][index] += step
                values.append(value(*moved))
            assert leaf.grad[index].item() == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_explain_is_the_loss_that_trains(name):
    """Prototypes are columns after the items; the values of the rows are those that the loss reduces."""
    y = CASES["sparse"]
    z, prototypes = points(y)
    loss = build_loss(name, temperature=0.4, reduction="none")
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)), prototypes=prototypes)
    assert terms.force.shape == terms.attract.shape == terms.relation.shape == (len(y), len(y) + y.shape[1])
    # a tile of items and prototypes is higher than one of items, so its sums run in another order
    torch.testing.assert_close(loss(z, y, prototypes=prototypes)[: len(y)], terms.value, rtol=1e-13, atol=1e-13)
    assert (terms.attract > 0).equal(terms.positive)
    # a prototype shares its one label or nothing
    assert terms.shared[:, len(y) :].equal(y.long())


@pytest.mark.parametrize("name", NAMES)
def test_explain_between_items_alone(name):
    """Without prototypes the pairs of items can still be explained."""
    y = CASES["sparse"]
    z, _ = points(y)
    loss = build_loss(name)
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)))
    weights = loss.pair_weights(y, y, self_index=torch.arange(len(y)), dtype=torch.float64)
    assert terms.attract.equal(weights.attract)
    assert terms.force.shape == (len(y), len(y))
    assert torch.isfinite(terms.force).all()
    assert bool(terms.positive.any()) == (name != "proto_only")


@pytest.mark.parametrize("name", NAMES)
def test_prototypes_are_needed(name):
    """One clear line names the missing input, or the shapes that do not fit."""
    y = CASES["five_relations"]
    with pytest.raises(InputError, match="this loss needs prototypes: one point a label"):
        build_loss(name)(embeddings(6), y)
    with pytest.raises(InputError, match=r"prototypes \(4, 5\) do not fit embeddings \(6, 5\) and 5 labels"):
        build_loss(name)(embeddings(6), y, prototypes=embeddings(4))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision(name, dtype):
    """Computed in float32, autocast or not; gradients come back in their own type."""
    y = CASES["five_relations"]
    z, prototypes = (x.requires_grad_() for x in points(y, dtype=dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = build_loss(name)(z, y, prototypes=prototypes)
    loss.backward()
    exact = build_loss(name)(z.detach().double(), y, prototypes=prototypes.detach().double())
    assert loss.dtype == torch.float32
    assert (z.grad.dtype, prototypes.grad.dtype) == (dtype, dtype)
    assert loss.item() == pytest.approx(exact.item(), rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_zero_prototype_and_a_cold_temperature(name):
    """No direction, and similarities of 1000: value and gradients stay finite."""
    y = CASES["empty_rows"]
    z, prototypes = points(y, dtype=torch.float32)
    prototypes[1] = 0
    z[3] = 0
    z.requires_grad_(), prototypes.requires_grad_()
    loss = build_loss(name, temperature=1e-3)(z, y, prototypes=prototypes)
    loss.backward()
    for x in (loss, z.grad, prototypes.grad):
        assert torch.isfinite(x).all()
