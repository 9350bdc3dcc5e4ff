"""msc_without_regularisation: by hand, against the loops with their gradients, anchors left out of the mean."""

from math import e, log

import numpy as np
import pytest
import torch

from mlcl_core.losses import build_loss
from mlcl_core.losses.core.loss import LossInputs
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.test_msc import PROTOTYPES, Y, Z, points

NAMES = {"msc_without_regularisation": False, "msc_regularised": True}


def test_by_hand():
    """Z = 2e + 1 for both items and the prototype of a, 3 for that of b, whose only carrier is the first item."""
    z_log = log(2 * e + 1)
    loss = build_loss("msc_without_regularisation", temperature=1.0, reduction="none")
    expected = [z_log - 1 / 2, z_log - 1, z_log - 1, log(3)]
    assert loss(Z, Y, prototypes=PROTOTYPES).tolist() == pytest.approx(expected)
    mean = build_loss("msc_without_regularisation", temperature=1.0)
    assert mean(Z, Y, prototypes=PROTOTYPES).item() == pytest.approx(sum(expected) / 4)


def test_nobody_carries_a_label():
    """The prototype of b has no positive then: out of the mean, or a 0 in it."""
    y = labels("10", "10")
    z_log = log(2 * e + 1)
    for no_positive, count in (("drop", 3), ("zero", 4)):
        loss = build_loss("msc_without_regularisation", temperature=1.0, no_positive=no_positive)
        assert loss(Z, y, prototypes=PROTOTYPES).item() == pytest.approx(3 * (z_log - 1) / count)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("params", [{}, {"alpha": 1.0}, {"alpha": -1.0}, {"alpha": 0.5, "epsilon": 1e-3}])
@pytest.mark.parametrize("name", NAMES)
def test_equal_to_the_loops(name, params, dtype):
    """Values, mean, and gradients by the closed form of the forces, on every case."""
    tolerance = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    for y in CASES.values():
        z, prototypes = points(y)
        expected = reference.crowd(z, y, prototypes, 0.3, regularised=NAMES[name], **params)
        z, prototypes = (x.to(dtype).requires_grad_() for x in (z, prototypes))
        values = build_loss(name, temperature=0.3, reduction="none", **params)(z, y, prototypes=prototypes)
        np.testing.assert_allclose(values.detach().numpy(), expected["values"], **tolerance)
        loss = build_loss(name, temperature=0.3, **params)(z, y, prototypes=prototypes)
        loss.backward()
        np.testing.assert_allclose(loss.item(), expected["loss"], **tolerance)
        given = torch.cat([z.grad, prototypes.grad]).numpy()
        np.testing.assert_allclose(given, expected["gradient"], **tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_forces_of_the_items(name):
    """explain returns the rows of the items: forces by the closed form."""
    y = CASES["sparse"]
    z, prototypes = points(y)
    terms = build_loss(name, temperature=0.3, alpha=1.0).explain(
        z, y, z, y, self_index=torch.arange(len(y)), prototypes=prototypes
    )
    expected = reference.crowd(z, y, prototypes, 0.3, alpha=1.0, regularised=NAMES[name])
    np.testing.assert_allclose(terms.force.numpy(), expected["force"][: len(y)], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(terms.has_positive.numpy(), expected["has_positive"][: len(y)])


@pytest.mark.parametrize("name", NAMES)
def test_references_beside_the_crowd(name):
    """A queue is a reference of items and prototypes; as the only items, beside the prototypes."""
    y = CASES["five_relations"]
    z, prototypes = points(y)
    queue = embeddings(4, seed=9), CASES["five_relations"][1:5]
    for candidates in ("both", "references"):
        loss = build_loss(name, temperature=0.3, reduction="none")
        given = loss(z, y, references=queue, candidates=candidates, prototypes=prototypes)
        assert given.shape == (6 + 5,)
        plain = loss.dense_value(LossInputs(z, y, references=queue, candidates=candidates, prototypes=prototypes))
        torch.testing.assert_close(given, plain)
        items = (z, y) if candidates == "both" else (z[:0], y[:0])
        terms = loss.explain(
            z,
            y,
            torch.cat([items[0], queue[0]]),
            torch.cat([items[1], queue[1]]),
            self_index=torch.arange(6) if candidates == "both" else None,
            prototypes=prototypes,
        )
        torch.testing.assert_close(given[:6], terms.value)
