"""explain: what is shown is what trains, equals the loops, and fills the anchor table."""

import numpy as np
import pytest
import torch

from mlcl_core.losses import LOSSES, PLACEMENTS, PairLoss, build_loss, fitted_to_labels
from mlcl_core.pairs import RULES, Relation
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, random_labels

FIELDS = [
    "relation",
    "shared",
    "extra",
    "similarity_factor",
    "dissimilarity_factor",
    "attract",
    "compete",
    "positive",
    "cosine",
    "scaled_cosine",
    "probability",
    "force",
    "value",
    "coefficient",
]


def explain(loss, z, y):
    """A batch against itself."""
    return loss.explain(z, y, z, y, self_index=torch.arange(len(y)))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", RULES)
def test_equal_to_the_loops(rule, case, dtype):
    """Every field of every pair on every case."""
    y = CASES[case]
    z = embeddings(len(y))
    expected = reference.anchors(z, y, z, y, rule=rule, temperature=0.2, self_index=range(len(y)))
    terms = explain(build_loss("weighted_supcon", rule=rule, temperature=0.2), z.to(dtype), y)
    for field in FIELDS:
        given = getattr(terms, field).numpy()
        np.testing.assert_allclose(given, expected[field], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype], err_msg=field)
    assert terms.has_positive.tolist() == (expected["coefficient"] > 0).tolist()


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_it_is_the_loss_that_trains(rule, placement):
    """Values equal the loss's own, bit for bit, and the forces chained back give its gradient."""
    y, z = CASES["sparse"], embeddings(11).requires_grad_()
    loss = build_loss("weighted_supcon", rule=rule, placement=placement, reduction="none", base_temperature=0.3)
    terms = explain(loss, z, y)
    values = loss(z, y)
    assert torch.equal(values, terms.value)
    values.sum().backward()
    unit = torch.nn.functional.normalize(z.detach(), dim=1)
    pull = (terms.force + terms.force.T).detach() @ unit / loss.temperature
    pull = pull - (pull * unit).sum(1, keepdim=True) * unit
    torch.testing.assert_close(z.grad, pull / z.detach().norm(dim=1, keepdim=True))


@pytest.mark.parametrize("rule", RULES)
def test_one_anchor_is_a_row_of_all(rule):
    """An anchor alone against all items has the row that it has among all anchors."""
    y, z = CASES["dense"], embeddings(9)
    loss = build_loss("weighted_supcon", rule=rule)
    whole = explain(loss, z, y)
    for i in range(9):
        row = loss.explain(z[i : i + 1], y[i : i + 1], z, y, self_index=torch.tensor([i]))
        for field in FIELDS:
            torch.testing.assert_close(getattr(row, field)[0], getattr(whole, field)[i], rtol=1e-13, atol=1e-13)


def test_anchor_table():
    """The loops' table of one anchor, which the browser is tested against, holds what explain gives, to 1e-12."""
    y, z = CASES["five_relations"], embeddings(6)
    terms = explain(build_loss("weighted_supcon", temperature=0.1), z, y)
    table = reference.anchor_table(z, y, 0)
    assert [row["item"] for row in table] == [1, 2, 3, 4, 5]
    assert [row["relation_name"] for row in table] == ["equal", "superset", "subset", "overlap", "disjoint"]
    for row in table:
        j = row["item"]
        assert Relation(row["relation"]).name.lower() == row["relation_name"]
        for field in set(FIELDS) & set(row):
            assert getattr(terms, field)[0, j].item() == pytest.approx(row[field], abs=1e-12), field
        assert row["weight"] == pytest.approx(terms.attract[0, j].item(), abs=1e-12)
    assert sum(row["force"] for row in table) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_strangers_among_the_anchors(rule):
    """Anchors that are not among the references (-1), and references of another number."""
    y_other, z_other = random_labels(9, 5, 0.4, 12), embeddings(9, seed=5)
    own = torch.tensor([4, -1, 8])
    y, z = random_labels(3, 5, 0.5, 13), embeddings(3, seed=6)
    y[[0, 2]], z[[0, 2]] = y_other[[4, 8]], z_other[[4, 8]]
    terms = build_loss("weighted_supcon", rule=rule).explain(z, y, z_other, y_other, self_index=own)
    expected = reference.anchors(z, y, z_other, y_other, rule=rule, temperature=0.1, self_index=own)
    for field in FIELDS:
        np.testing.assert_allclose(getattr(terms, field).numpy(), expected[field], rtol=1e-10, atol=1e-10)


def test_autocast_changes_nothing():
    """Under bfloat16 autocast every field keeps every bit: what is shown stays what trains."""
    y, z = CASES["five_relations"], embeddings(6, dtype=torch.float32)
    loss = build_loss("weighted_supcon")
    plain = explain(loss, z, y)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = explain(loss, z, y)
    for field in FIELDS:
        assert torch.equal(getattr(plain, field), getattr(inside, field)), field


def test_another_temperature():
    """with_temperature changes the temperature and nothing else."""
    loss = build_loss("weighted_supcon", rule="jaccard", rule_params={"power": 2}, placement="inside")
    warmer = loss.with_temperature(0.7)
    assert warmer.temperature == 0.7
    assert warmer.with_temperature(loss.temperature) == loss


PAIR_LOSSES = [name for name in LOSSES if isinstance(build_loss(name), PairLoss)]


@pytest.mark.parametrize("case", ["sparse", "dense", "five_relations"])
@pytest.mark.parametrize("name", PAIR_LOSSES)
def test_forces_of_an_anchor_cancel_or_the_loss_says_why_not(name, case):
    """The forces of each anchor sum to zero, prototypes included; or the loss names the reason, and they do not."""
    y = CASES[case]
    loss, z = fitted_to_labels(build_loss(name), y), embeddings(len(y))
    stars = {"prototypes": embeddings(y.shape[1], seed=9)[:, : z.shape[1]]} if "prototypes" in loss.needs else {}
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)), **stars)
    net = terms.force.sum(1).abs()
    assert (net.max() > 1e-4) == bool(loss.force_imbalance_reason)
    assert loss.force_imbalance_reason or net.max() < 1e-12
