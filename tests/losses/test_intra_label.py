"""intra_label: inside each item, present labels attract each other, and so do absent ones."""

from math import exp, log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, PairLoss, build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.pair_checks import check_values
from tests.losses.test_label_level import label_embeddings


def test_by_hand():
    """One item {a, b} of three labels at 2, 1 and 1/2 on a line: a and b attract, c has no positive."""
    label_z = torch.tensor([[[2.0], [1.0], [0.5]]], dtype=torch.float64)
    values = build_loss("intra_label", reduction="none", temperature=1, similarity="dot")(
        None, labels("110"), label_z=label_z
    )
    # s_ab = 2, s_ac = 1, s_bc = 1/2
    assert values.tolist() == pytest.approx([log(1 + exp(1 - 2)), log(1 + exp(0.5 - 2)), 0])


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("no_labels", ["drop", "keep"])
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_equal_to_the_loops(case, dtype, no_labels, similarity):
    """Every reduction on every case, items without labels taking part or not."""
    y = CASES[case]
    label_z = label_embeddings(y)
    points = label_z if similarity == "dot" else torch.nn.functional.normalize(label_z, dim=2)
    loops = reference.intra_label(points, y, 3, no_labels)
    loss = build_loss("intra_label", temperature=3, no_labels=no_labels, similarity=similarity)
    check_values(loss, embeddings(len(y)), y, loops, TOLERANCE[dtype], label_z=label_z.to(dtype))


def test_items_do_not_meet():
    """The value of an item's labels does not depend on the other items."""
    y = CASES["five_relations"]
    label_z = label_embeddings(y)
    loss = build_loss("intra_label", reduction="none")
    alone = torch.cat([loss(None, y[i : i + 1], label_z=label_z[i : i + 1]) for i in range(6)])
    torch.testing.assert_close(loss(None, y, label_z=label_z), alone)


def test_base_temperature_is_a_factor():
    """Base temperature 1/4 at temperature 1: four times the loss."""
    y = CASES["sparse"]
    label_z = label_embeddings(y)
    plain = build_loss("intra_label", temperature=1)(None, y, label_z=label_z).item()
    scaled = build_loss("intra_label", temperature=1, base_temperature=0.25)(None, y, label_z=label_z).item()
    assert scaled == pytest.approx(4 * plain)


def test_gradient_by_differences():
    """Value and gradient agree by finite differences."""
    y = labels("110", "101", "000", "111")
    label_z = label_embeddings(y).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: build_loss("intra_label")(None, y, label_z=x), label_z)


def test_autocast_changes_nothing():
    """Under bfloat16 autocast the value keeps every bit; half-precision label embeddings are computed in float32."""
    y = CASES["five_relations"]
    label_z = label_embeddings(y, dtype=torch.float32)
    plain = build_loss("intra_label")(None, y, label_z=label_z)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(build_loss("intra_label")(None, y, label_z=label_z), plain)
    assert build_loss("intra_label")(None, y, label_z=label_z.bfloat16()).dtype == torch.float32


def test_no_pairs_of_items():
    """It is no pair loss, and its card says so."""
    assert not isinstance(build_loss("intra_label"), PairLoss)
    assert "no pairs of items" in LOSSES["intra_label"].summary


def test_label_embeddings_missing():
    """One line names the missing input."""
    with pytest.raises(InputError, match=r"intra_label needs label_z, an embedding per item and label, \(1, 3, d\)"):
        build_loss("intra_label")(None, labels("110"))
