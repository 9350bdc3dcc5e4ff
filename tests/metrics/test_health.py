"""Health: worked by hand, against loops, and where there is nothing to measure."""

import math

import pytest
import torch
from hypothesis import given

from mlcl_core.losses import build_loss
from mlcl_core.metrics import (
    HEALTH,
    alignment,
    anchor_alignment,
    effective_positives,
    effective_rank,
    force_shares,
    mean_cosine,
    prototype_visitors,
    uniformity,
    weight_evenness,
)
from mlcl_core.metrics.health import CLOSED, NARROW
from mlcl_core.pairs import Relation
from tests.cases import CASES, embeddings, label_matrices, labels


@pytest.mark.parametrize("name", HEALTH)
def test_record(name):
    """Every number has its title, one sentence and a direction."""
    record = HEALTH[name]
    assert record.name == name
    assert record.title
    assert record.summary.endswith(".")
    assert record.direction in ("up", "down", "none")


def test_effective_positives_by_hand():
    """Four alike: 4. Weights 1/2, 1/4, 1/4: entropy 1.5 log 2, so 2^1.5. One alone: 1. None: 0."""
    weights = torch.tensor([[1.0, 1, 1, 1], [2, 1, 1, 0], [0, 0, 0.01, 0], [0, 0, 0, 0]])
    assert effective_positives(weights).tolist() == pytest.approx([4, 2**1.5, 1, 0], abs=1e-5)


def test_evenness_by_hand():
    """Alike: 1. Weights 1/2, 1/4, 1/4: 1.5 log 2 / log 3. Fewer than two: no such number."""
    weights = torch.tensor([[1.0, 1, 1, 1], [2, 1, 1, 0], [0, 0, 0.01, 0], [0, 0, 0, 0]])
    found = weight_evenness(weights).tolist()
    assert found[:2] == pytest.approx([1, 1.5 * math.log(2) / math.log(3)], abs=1e-6)
    assert all(math.isnan(value) for value in found[2:])


def test_force_shares_by_hand():
    """Pulls and pushes count alike: of |f| = 8, 6 on equal pairs, 1 on overlap, 1 on disjoint ones."""
    force = torch.tensor([[-2.0, 4, 1], [0, -1, 0]])
    codes = [[Relation.EQUAL, Relation.EQUAL, Relation.DISJOINT], [Relation.SUBSET, Relation.OVERLAP, Relation.SUBSET]]
    shares = force_shares(force, torch.tensor(codes, dtype=torch.uint8))
    assert shares == {
        Relation.EQUAL: 0.75,
        Relation.OVERLAP: 0.125,
        Relation.DISJOINT: 0.125,
        Relation.SUPERSET: 0,
        Relation.SUBSET: 0,
    }
    assert set(force_shares(0 * force, torch.tensor(codes, dtype=torch.uint8)).values()) == {0}


@given(label_matrices(max_items=9))
def test_force_shares_of_a_loss_equal_loops(y):
    """The loss opened on any labels: the shares of loops over its pairs, which add up to 1 or are all 0."""
    z = torch.nn.functional.normalize(embeddings(len(y), 4), dim=1)
    terms = build_loss("weighted_supcon").explain(z, y, z, y, self_index=torch.arange(len(y)))
    found, want = force_shares(terms.force, terms.relation), dict.fromkeys(Relation, 0.0)
    whole = float(terms.force.abs().sum())
    for i in range(len(y)):
        for j in range(len(y)):
            if i != j:
                want[Relation(int(terms.relation[i, j]))] += abs(float(terms.force[i, j])) / max(whole, 1e-30)
    assert found == pytest.approx(want, abs=1e-5)
    assert sum(found.values()) == pytest.approx(1 if whole else 0, abs=1e-5)


def test_anchor_alignment_agrees_with_alignment():
    """Weighted by the number of positives, the anchors' mean is the space's; without positives: no such number."""
    z, y = torch.nn.functional.normalize(embeddings(11), dim=1), CASES["sparse"]
    positive = (y.float() @ y.float().T > 0) & ~torch.eye(11, dtype=torch.bool)
    found, count = anchor_alignment(z @ z.T, positive), positive.sum(1)
    assert bool((found.isnan() == (count == 0)).all())
    mean = float((found.nan_to_num() * count).sum() / count.sum())
    assert mean == pytest.approx(alignment(z, positive), abs=1e-5)


def test_anchor_alignment_by_hand():
    """Positives at 0 and 90 degrees: squared distances 0 and 2, mean 1."""
    found = anchor_alignment(torch.tensor([[1.0, 0, -1]]), torch.tensor([[True, True, False]]))
    assert found.tolist() == pytest.approx([1])


def test_effective_rank_by_hand():
    """Orthogonal items: as many as there are. All on one line: 1. Three to one, not alike: between 1 and 2."""
    assert effective_rank(torch.eye(3, 5) * torch.tensor([[1.0], [7], [0.1]])) == pytest.approx(3)
    assert effective_rank(torch.tensor([[1.0, 2], [2, 4], [-1, -2]])) == pytest.approx(1)
    # singular values sqrt 3 and 1, shares .634 and .366
    share = 3**0.5 / (3**0.5 + 1)
    want = math.exp(-share * math.log(share) - (1 - share) * math.log(1 - share))
    assert effective_rank(torch.tensor([[1.0, 0], [1, 0], [1, 0], [0, 1]])) == pytest.approx(want)


def test_mean_cosine_equals_loops():
    """The mean over all pairs of different items."""
    z = embeddings(11)
    unit = z / z.norm(dim=1, keepdim=True)
    want = [float(unit[i] @ unit[j]) for i in range(11) for j in range(11) if i != j]
    assert mean_cosine(z) == pytest.approx(sum(want) / len(want), abs=1e-6)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_items(n):
    """No pair: mean cosine 0; one item is one direction, none is none."""
    assert mean_cosine(embeddings(n)) == 0
    assert effective_rank(embeddings(n)) == pytest.approx(n)


def test_zero_vectors_are_no_direction():
    """Zero vectors: rank 0, cosine 0, nothing becomes NaN."""
    assert effective_rank(torch.zeros(3, 4)) == 0
    assert mean_cosine(torch.zeros(3, 4)) == 0


def test_the_two_thresholds_of_collapse_are_one():
    """Points in a cone of mean cosine .9 have the uniformity at which a space counts as closed."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(400, 64, generator=generator) + 3.0
    assert mean_cosine(z) == pytest.approx(NARROW, abs=0.01)
    assert uniformity(z) == pytest.approx(CLOSED, abs=0.03)


def test_visitors_by_hand():
    """Two items near prototype 0, one with two labels between 1 and 2; one without labels is near none, not even 3."""
    prototypes = torch.eye(4)
    z = torch.tensor([[1.0, 0, 0, 0], [1, 0.1, 0, 0], [0, 1, 0.9, 0], [0, 0, 0, 1]])
    y = labels("1000", "0100", "0110", "0000")
    assert prototype_visitors(z, y, prototypes).tolist() == [2, 1, 1, 0]


def test_tied_prototypes_are_visited_alike():
    """Two prototypes on one spot: an item with one label is near both, in whichever order they stand."""
    prototypes = torch.tensor([[0.0, 1], [1, 0], [1, 0]])
    z, y = torch.tensor([[1.0, 0.1]]), labels("100")
    assert prototype_visitors(z, y, prototypes).tolist() == [0, 1, 1]
    assert prototype_visitors(z, y, prototypes.flip(0)).tolist() == [1, 1, 0]


def test_without_a_direction_no_prototype_is_near():
    """A vector of zeros has cosine 0 to all of them, and visits none."""
    assert prototype_visitors(torch.zeros(2, 3), labels("110", "100"), torch.eye(3)).tolist() == [0, 0, 0]


@given(label_matrices(max_items=9))
def test_every_item_visits_as_many_prototypes_as_it_has_labels(y):
    """However many labels: the visits add up to them."""
    prototypes = embeddings(y.shape[1], 4)
    assert int(prototype_visitors(embeddings(len(y), 4), y, prototypes).sum()) == int(y.sum())
