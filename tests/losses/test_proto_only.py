"""proto_only: by hand, against the loops, and that items do not see each other."""

from math import e, log

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings
from tests.losses.test_msc import PROTOTYPES, Y, Z, points


def test_by_hand():
    """Softmax e : 1 over both prototypes: the items lose log(e + 1) - 1/2 and log(e + 1) - 1."""
    loss = build_loss("proto_only", temperature=1.0, reduction="none")
    assert loss(Z, Y, prototypes=PROTOTYPES).tolist() == pytest.approx([log(e + 1) - 1 / 2, log(e + 1) - 1])


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
def test_equal_to_the_loops(dtype):
    """One value per item, on every case."""
    loss = build_loss("proto_only", temperature=0.3, reduction="none")
    for y in CASES.values():
        z, prototypes = points(y)
        expected = reference.proto_only(z, y, prototypes, 0.3)
        given = loss(z.to(dtype), y, prototypes=prototypes.to(dtype))
        np.testing.assert_allclose(given.numpy(), expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_items_do_not_see_each_other():
    """Alone or in a batch, an item has the same value; between items weight, share and force are 0."""
    y = CASES["dense"]
    z, prototypes = points(y)
    loss = build_loss("proto_only", reduction="none")
    together = loss(z, y, prototypes=prototypes)
    alone = torch.cat([loss(z[i : i + 1], y[i : i + 1], prototypes=prototypes) for i in range(len(y))])
    torch.testing.assert_close(alone, together, rtol=1e-13, atol=0)
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)), prototypes=prototypes)
    for field in ("attract", "compete", "probability", "force"):
        assert not getattr(terms, field)[:, : len(y)].any(), field
        assert getattr(terms, field)[:, len(y) :].any(), field


def test_references_are_refused():
    """A queue is refused in one clear line."""
    y = CASES["five_relations"]
    with pytest.raises(InputError, match="compares items with prototypes alone; it takes no references"):
        build_loss("proto_only")(
            embeddings(6), y, references=(embeddings(6), y), candidates="both", prototypes=embeddings(5)
        )
