"""label_level: embeddings of labels that are there attract those of the same label in other items."""

from math import exp, log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, PairLoss, build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.pair_checks import check_values


def label_embeddings(y, d=4, *, seed=0, dtype=torch.float64):
    """One raw embedding per item and label."""
    n, c = y.shape
    return embeddings(n * c, d, seed=seed, dtype=dtype).reshape(n, c, d)


def test_by_hand():
    """{a, b} and {a}: a meets a in one place, b is at a right angle; tau 1."""
    label_z = torch.tensor([[[2.0, 0.0], [0.0, 3.0]], [[1.0, 0.0], [1.0, 1.0]]], dtype=torch.float64)
    loss = build_loss("label_level", temperature=1, reduction="none")
    values = loss(None, labels("11", "10"), label_z=label_z)
    near = log(1 + exp(-1))
    assert values.tolist() == pytest.approx([near, 0, near])
    # the embedding of the absent label, at 45 degrees, joins as a candidate
    joined = build_loss("label_level", temperature=1, reduction="none", negatives=1)(
        None, labels("11", "10"), label_z=label_z
    )
    wider = log(exp(1) + 1 + exp(0.5**0.5)) - 1
    assert joined.tolist() == pytest.approx([wider, 0, wider])


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("negatives", [0, 1, 5])
def test_equal_to_the_loops(case, dtype, negatives):
    """Every reduction on every case, with absent labels among the candidates or without."""
    y = CASES[case]
    label_z = label_embeddings(y)
    absent = [tuple(pair) for pair in (~y).nonzero().tolist()][:negatives]
    loops = reference.label_level(label_z, y, 0.3, absent)
    loss = build_loss("label_level", temperature=0.3, negatives=negatives)
    check_values(loss, embeddings(len(y)), y, loops, TOLERANCE[dtype], label_z=label_z.to(dtype))


def test_hardest_negatives():
    """With logits, absent labels with the highest logits join; more than there are: all."""
    y, logits = CASES["five_relations"], torch.randn(6, 5)
    label_z = label_embeddings(y)
    hardest = sorted((~y).nonzero().tolist(), key=lambda pair: -float(logits[tuple(pair)]))
    for negatives in (3, 100):
        loops = reference.label_level(label_z, y, 0.2, [tuple(pair) for pair in hardest[:negatives]])
        loss = build_loss("label_level", negatives=negatives)
        given = loss(None, y, label_z=label_z, logits=logits).item()
        assert given == pytest.approx(reference.mean_of_told(loops))


def test_gradient_by_differences():
    """Value and gradient agree by finite differences; embeddings of absent labels get one as candidates only."""
    y = labels("110", "101", "000")
    label_z = label_embeddings(y).requires_grad_()
    loss = build_loss("label_level", negatives=2)
    assert torch.autograd.gradcheck(lambda x: loss(None, y, label_z=x), label_z)
    (plain,) = torch.autograd.grad(build_loss("label_level")(None, y, label_z=label_z), label_z)
    assert not plain[~y].any()


def test_no_pairs_of_items():
    """It is no pair loss, and its card says so."""
    assert not isinstance(build_loss("label_level"), PairLoss)
    assert "no pairs of items" in LOSSES["label_level"].summary


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "label_level needs label_z, an embedding per item and label, (2, 1, d); given: none"),
        ({"label_z": torch.zeros(2, 1)}, "given: (2, 1)"),
        ({"label_z": torch.zeros(2, 2, 3)}, "given: (2, 2, 3)"),
        ({"label_z": torch.zeros(2, 1, 3), "prototypes": torch.zeros(1, 3)}, "no prototypes"),
        ({"label_z": torch.zeros(2, 1, 3), "references": (torch.zeros(1, 3), labels("1"))}, "no references"),
        ({"label_z": torch.zeros(2, 1, 3), "logits": torch.zeros(2, 2)}, "logits (2, 2) must have the labels' shape"),
    ],
)
def test_what_does_not_fit_is_refused(inputs, message):
    """One clear line."""
    with pytest.raises(InputError) as caught:
        build_loss("label_level", negatives=1)(None, labels("1", "0"), **inputs)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_negatives_are_whole():
    """Half an embedding is none."""
    with pytest.raises(InputError, match=r"negatives is 1.5; it must be a whole number"):
        build_loss("label_level", negatives=1.5)
