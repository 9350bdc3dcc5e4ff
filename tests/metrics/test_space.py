"""Cosine by relation, alignment, uniformity: against loops, by hand, and their edge cases."""

import math

import pytest
import torch
from hypothesis import given

from mlcl_core.metrics import alignment, cosines, mean_cosine_by_relation, uniformity
from mlcl_core.pairs import Relation, relation_matrix
from tests.cases import CASES, embeddings, label_matrices, labels

NAMES = {
    Relation.EQUAL: "equal",
    Relation.SUPERSET: "nested",
    Relation.SUBSET: "nested",
    Relation.OVERLAP: "overlap",
    Relation.DISJOINT: "disjoint",
}


def cosine(a: torch.Tensor, b: torch.Tensor) -> float:
    """Of two vectors."""
    return float(a @ b / (a.norm() * b.norm()))


def means_by_loops(z: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    """Mean cosine of the pairs of each relation, one pair at a time."""
    found: dict[str, list[float]] = {name: [] for name in NAMES.values()}
    for i in range(len(z)):
        for j in range(len(z)):
            if i == j:
                continue
            s, t = set(y[i].nonzero()[:, 0].tolist()), set(y[j].nonzero()[:, 0].tolist())
            name = "equal" if s == t else "disjoint" if not s & t else "nested" if s <= t or t <= s else "overlap"
            found[name].append(cosine(z[i], z[j]))
    return {name: sum(values) / len(values) if values else math.nan for name, values in found.items()}


@given(label_matrices(max_items=9))
def test_means_equal_loops(y):
    """Any labels: the means of loops, NaN exactly where no pair is."""
    z = embeddings(len(y), 4)
    want = means_by_loops(z, y)
    assert mean_cosine_by_relation(z, relation_matrix(y, y)) == pytest.approx(want, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("tile", [1, 2, 5, 100])
def test_tiles_dont_matter(monkeypatch, tile):
    """However many rows are taken at once, the last tile uneven or not, the numbers are the same."""
    y, z = CASES["sparse"], embeddings(11)
    positive = y.float() @ y.float().T > 0
    want = [*mean_cosine_by_relation(z, relation_matrix(y, y)).values(), alignment(z, positive), uniformity(z)]
    monkeypatch.setattr(cosines, "TILE", tile)
    found = [*mean_cosine_by_relation(z, relation_matrix(y, y)).values(), alignment(z, positive), uniformity(z)]
    assert found == pytest.approx(want, abs=1e-6)


def test_by_hand():
    """Two equal items at 60 degrees, each at 90 and 30 to one that shares nothing."""
    angle = torch.tensor([0.0, 60, 90]).deg2rad()
    z = torch.stack([angle.cos(), angle.sin()], 1) * torch.tensor([[1.0], [5], [0.1]])
    found = mean_cosine_by_relation(z, relation_matrix(*[labels("10", "10", "01")] * 2))
    assert found["equal"] == pytest.approx(0.5, abs=1e-6)
    assert found["disjoint"] == pytest.approx(math.cos(math.pi / 6) / 2, abs=1e-6)
    assert math.isnan(found["nested"])


def test_zero_vectors():
    """A zero vector has cosine 0 to all others, and makes nothing NaN."""
    z = torch.tensor([[1.0, 0], [0, 0], [1, 0]])
    y = labels("1", "1", "1")
    assert mean_cosine_by_relation(z, relation_matrix(y, y))["equal"] == pytest.approx(1 / 3)
    assert math.isfinite(uniformity(z))
    assert math.isfinite(alignment(z, ~torch.eye(3, dtype=torch.bool)))


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_items(n):
    """No pair: NaN for means, 0 for uniformity."""
    y, z = CASES["twins"][:n], embeddings(n)
    assert all(math.isnan(value) for value in mean_cosine_by_relation(z, relation_matrix(y, y)).values())
    assert math.isnan(alignment(z, torch.zeros(n, n, dtype=torch.bool)))
    assert uniformity(z) == 0


def test_alignment_equals_distances():
    """The mean squared distance of unit vectors over positive pairs."""
    z, y = embeddings(11), CASES["sparse"]
    positive = (y.float() @ y.float().T > 0) & ~torch.eye(11, dtype=torch.bool)
    unit = z / z.norm(dim=1, keepdim=True)
    want = torch.cdist(unit, unit)[positive].square().mean().item()
    assert alignment(z, positive) == pytest.approx(want, abs=1e-5)


def test_alignment_extremes():
    """0 when positives coincide, 4 when they are opposite."""
    both = torch.tensor([[False, True], [True, False]])
    assert alignment(torch.ones(2, 3), both) == pytest.approx(0, abs=1e-6)
    assert alignment(torch.tensor([[1.0, 0], [-1, 0]]), both) == pytest.approx(4, abs=1e-6)


def test_uniformity_equals_distances():
    """The logarithm of the mean Gaussian kernel over pairs of different items."""
    z = embeddings(11)
    unit = z / z.norm(dim=1, keepdim=True)
    want = torch.pdist(unit).square().mul(-2).exp().mean().log().item()
    assert uniformity(z) == pytest.approx(want, abs=1e-5)


def test_uniformity_extremes():
    """0 when all coincide, -8 for two opposite items, and lower for spread items than for bunched ones."""
    assert uniformity(torch.ones(5, 3)) == pytest.approx(0, abs=1e-5)
    assert uniformity(torch.tensor([[1.0, 0], [-1, 0]])) == pytest.approx(-8, abs=1e-3)
    spread = torch.randn(50, 8)
    assert uniformity(spread) < uniformity(spread + 5) < 0
