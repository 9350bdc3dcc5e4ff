"""label_level: embeddings of present labels attract those of the same label in other items."""

from math import exp, log

import pytest
import torch
import torch.nn.functional as F

from mlcl_core.errors import InputError
from mlcl_core.losses import BatchLoss, PairLoss, build_loss
from mlcl_core.losses import label_level as module
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
        assert given == pytest.approx(reference.mean_of_counted(loops))


def test_gradient_by_differences():
    """Value and gradient agree by finite differences; embeddings of absent labels get one as candidates only."""
    y = labels("110", "101", "000")
    label_z = label_embeddings(y).requires_grad_()
    loss = build_loss("label_level", negatives=2)
    assert torch.autograd.gradcheck(lambda x: loss(None, y, label_z=x), label_z)
    (plain,) = torch.autograd.grad(build_loss("label_level")(None, y, label_z=label_z), label_z)
    assert not plain[~y].any()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("negatives", [0, 3])
def test_pairs_of_items_are_sums_over_their_points(case, negatives, monkeypatch):
    """Weight, force, value of two items: sums over their label embeddings of what autograd gives for these."""
    monkeypatch.setattr(module, "MAX_PAIRS", 20)  # several tiles
    y = CASES[case]
    label_z, anchors = label_embeddings(y), (len(y) + 1) // 2
    loss = build_loss("label_level", temperature=0.3, negatives=negatives, reduction="none")
    assert isinstance(loss, BatchLoss)
    assert not isinstance(loss, PairLoss)
    terms = loss.explain_batch(y, anchors=anchors, label_z=label_z)
    item, label = y.nonzero(as_tuple=True)
    absent = (~y).nonzero()[:negatives]
    items, labels_of = torch.cat([item, absent[:, 0]]), torch.cat([label, torch.full((len(absent),), -1)])
    points = F.normalize(torch.cat([label_z[item, label], label_z[absent[:, 0], absent[:, 1]]]), dim=1)
    s = (points[: len(item)] @ points.T / 0.3).requires_grad_()
    values = s.new_zeros(len(item))
    for p in range(len(item)):
        others = [k for k in range(len(points)) if k != p]
        twins = [k for k in others if labels_of[k] == label[p]]
        if twins:
            values[p] = (s[p, others].logsumexp(0) - s[p, twins]).mean()
    pull = torch.autograd.grad(values.sum(), s)[0] if values.requires_grad else torch.zeros_like(s)
    for i in range(anchors):
        assert terms.value[i].item() == pytest.approx(values[item == i].sum().item(), abs=1e-9)
        assert terms.force[i].sum().item() == pytest.approx(0, abs=1e-9)
        for j in range(len(y)):
            block = pull[item == i][:, items == j]
            assert terms.force[i, j].item() == pytest.approx(block.sum().item(), abs=1e-9)
            cosines = 0.3 * s.detach()[item == i][:, items == j]
            expected = cosines.mean().item() if cosines.numel() else 0
            assert terms.cosine[i, j].item() == pytest.approx(expected, abs=1e-9)
            shared = int((y[i] & y[j]).sum())
            assert terms.attract[i, j].item() == pytest.approx(0 if i == j else shared)


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
