"""strict: SupCon whose classes are the label sets."""

from math import exp, log

import pytest
import torch

from mlcl_core.losses import PairLoss, WeightedSupCon, build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.pair_checks import check_pairs, check_values


def test_by_hand():
    """z = 2, 1, 0 on a line, sets {a, b}, {a, b}, {a}: the first two meet, with s_01 = 2, s_02 = 0 and s_12 = 0."""
    z = torch.tensor([[2.0], [1.0], [0.0]], dtype=torch.float64)
    values = build_loss("strict", reduction="none", temperature=1, similarity="dot")(z, labels("11", "11", "10"))
    assert values.tolist() == pytest.approx([log(1 + exp(-2)), log(1 + exp(-2)), 0])


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("empty_match", [True, False])
def test_equal_to_the_loops(case, dtype, empty_match):
    """Every reduction on every case, two items without labels alike or not."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loops = reference.strict((z @ z.T / 3).numpy(), y, empty_match)
    loss = build_loss("strict", temperature=3, similarity="dot", empty_match=empty_match)
    check_values(loss, z.to(dtype), y, loops, TOLERANCE[dtype])


@pytest.mark.parametrize("case", ["twins", "empty_rows", "single_label"])
def test_pairs(case):
    """Forces equal differences of the loops, and chain to the gradient."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loss = build_loss("strict", temperature=4, similarity="dot")
    check_pairs(loss, z, y, lambda s: reference.strict(s, y), lambda z: z @ z.T / 4)


def test_it_is_the_machine():
    """A pair loss like weighted_supcon, with the rule all_equal."""
    loss = build_loss("strict")
    assert isinstance(loss, WeightedSupCon)
    assert isinstance(loss, PairLoss)
    assert (loss.rule.name, loss.similarity, loss.temperature) == ("all_equal", "cosine", 0.1)
    assert loss.with_temperature(2.0).temperature == 2.0
