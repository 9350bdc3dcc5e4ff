"""jaccard_denominator: all items attract, label overlap weighs the normaliser."""

from math import exp, log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import PairLoss, build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.pair_checks import check_pairs, check_values

Z = torch.tensor([[2.0], [1.0], [0.5]], dtype=torch.float64)


def test_by_hand():
    """{a, b}, {a}, {b}: J = 1/2 from the first to each, 0 between the others; s_01 = 2, s_02 = 1, s_12 = 1/2."""
    values = build_loss("jaccard_denominator", reduction="none", temperature=1, similarity="dot")(
        Z, labels("11", "10", "01")
    )
    first = log((exp(2) + exp(1)) / 2) - 1.5
    # the second competes with the first alone: log(e^2 / 2) - (2 + 1/2) / 2
    assert values.tolist() == pytest.approx([first, 2 - log(2) - 1.25, 1 - log(2) - 0.75])


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_equal_to_the_loops(case, dtype, similarity):
    """Every reduction on every case, by the shifted and by the fused form of the kernel."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    points = z if similarity == "dot" else torch.nn.functional.normalize(z, dim=1)
    loss = build_loss("jaccard_denominator", temperature=3, similarity=similarity)
    loops = reference.jaccard_denominator((points @ points.T / 3).numpy(), y)
    check_values(loss, z.to(dtype), y, loops, TOLERANCE[dtype])


@pytest.mark.parametrize("case", ["five_relations", "empty_rows", "one_lonely"])
def test_pairs(case):
    """Forces equal differences of the loops, and chain to the gradient; those of an anchor sum to 0."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loss = build_loss("jaccard_denominator", temperature=4, similarity="dot")
    check_pairs(loss, z, y, lambda s: reference.jaccard_denominator(s, y), lambda z: z @ z.T / 4)
    force = loss.explain(z, y, z, y, self_index=torch.arange(len(y))).force
    torch.testing.assert_close(force.sum(1), torch.zeros(len(y), dtype=torch.float64))


def test_who_pushes():
    """Only items that share labels are in the normaliser; a disjoint one only pulls."""
    y, z = labels("110", "100", "001"), embeddings(3)
    terms = build_loss("jaccard_denominator").explain(z, y, z, y, self_index=torch.arange(3))
    assert terms.compete[0].tolist() == [0, 0.5, 0]
    assert terms.force[0, 1] > 0 > terms.force[0, 2]
    assert terms.has_positive.tolist() == [True, True, False]


def test_logits_in_place_of_embeddings():
    """JSPCL: the same number with the logits as points; embeddings are ignored, and pairs not shown."""
    y, logits = CASES["five_relations"], embeddings(6, 5, seed=3).requires_grad_()
    loss = build_loss("jaccard_denominator", space="logits")
    expected = build_loss("jaccard_denominator")(logits, y)
    given = loss(None, y, logits=logits)
    assert torch.equal(given, expected)
    assert loss.needs == {"logits"}
    assert not isinstance(loss, PairLoss)
    given.backward()
    assert logits.grad.any()


def test_logits_missing():
    """One line that says what is missing."""
    with pytest.raises(InputError, match=r"needs logits of the labels' shape \(6, 5\); given: none"):
        build_loss("jaccard_denominator", space="logits")(embeddings(6), CASES["five_relations"])
