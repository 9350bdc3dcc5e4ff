"""stepwise_label: one SupCon problem a label, in which having and lacking it are the classes."""

from math import exp, log

import pytest
import torch

from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.pair_checks import check_pairs, check_values


def test_by_hand():
    """{a, b}, {a}, {b}: the first agrees with the second on a, with the third on b; these two agree on nothing."""
    z = torch.tensor([[2.0], [1.0], [0.5]], dtype=torch.float64)
    values = build_loss("stepwise_label", reduction="none", temperature=1, similarity="dot")(
        z, labels("11", "10", "01")
    )
    # s_01 = 2, s_02 = 1, s_12 = 1/2; one agreeing item for each label, if any, over two labels
    first = (2 * log(exp(2) + exp(1)) - 3) / 2
    assert values.tolist() == pytest.approx([first, log(1 + exp(0.5 - 2)) / 2, log(1 + exp(0.5 - 1)) / 2])


def test_weights_by_hand():
    """{a}, {a}, {b}, {}: |P| of the first is 1 for a, and 1 (3 kept: 2) for lacking b."""
    y = labels("10", "10", "01", "00")
    own = torch.arange(4)
    dropped = build_loss("stepwise_label").pair_weights(y, y, self_index=own)
    assert dropped.attract.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    kept = build_loss("stepwise_label", no_labels="keep").pair_weights(y, y, self_index=own).attract
    assert kept[0].tolist() == [0, 0.75, 0, 0.25]
    assert kept[2].tolist() == [0, 0, 0, 0.5]
    assert kept[3].tolist() == [0.25, 0.25, 0.5, 0]


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("no_labels", ["drop", "keep"])
def test_equal_to_the_loops(case, dtype, no_labels):
    """Every reduction on every case, items without labels taking part or not."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loops = reference.stepwise_label((z @ z.T / 3).numpy(), y, no_labels)
    loss = build_loss("stepwise_label", temperature=3, similarity="dot", no_labels=no_labels)
    check_values(loss, z.to(dtype), y, loops, TOLERANCE[dtype])


@pytest.mark.parametrize("case", ["five_relations", "empty_rows"])
@pytest.mark.parametrize("no_labels", ["drop", "keep"])
def test_pairs(case, no_labels):
    """Forces equal differences of the loops, and chain to the gradient."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loss = build_loss("stepwise_label", temperature=4, similarity="dot", no_labels=no_labels)
    check_pairs(loss, z, y, lambda s: reference.stepwise_label(s, y, no_labels), lambda z: z @ z.T / 4)


def test_mean_over_labels():
    """All labels in one call are the mean of one label after the other."""
    y, z = CASES["dense"], embeddings(9)
    loss = build_loss("stepwise_label", no_labels="keep", reduction="none")
    alone = torch.stack([loss(z, y[:, [label]]) for label in range(y.shape[1])])
    torch.testing.assert_close(loss(z, y), alone.mean(0))


def test_half_precision_labels_count_exactly():
    """Under bfloat16 autocast weights keep every bit."""
    y = CASES["dense"]
    loss = build_loss("stepwise_label")
    plain = loss.pair_weights(y, y).attract
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(loss.pair_weights(y, y).attract, plain)
