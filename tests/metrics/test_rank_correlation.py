"""rank_correlation: against scipy, extremes, seeds, edge cases."""

import pytest
import torch
from scipy.stats import spearmanr

from mlcl_core.metrics import rank_correlation
from tests.cases import embeddings, labels, random_labels


def test_equals_scipy_over_all_pairs():
    """A large sample of few items is near scipy's Spearman over all their pairs."""
    y, z = random_labels(12, 5, 0.4, 0), embeddings(12)
    unit = z / z.norm(dim=1, keepdim=True)
    i, j = torch.triu_indices(12, 12, 1)
    overlap = (y[i] & y[j]).sum(1) / (y[i] | y[j]).sum(1).clamp_min(1)
    want = spearmanr(overlap.numpy(), (unit[i] * unit[j]).sum(1).numpy()).statistic
    assert rank_correlation(z, y, seed=0, pairs=200_000) == pytest.approx(want, abs=0.01)


def test_extremes():
    """1 when equal sets coincide and others oppose; -1 the other way round."""
    y = labels("10", "10", "01", "01")
    near = torch.tensor([[1.0, 0], [1, 0], [-1, 0], [-1, 0]])
    far = torch.tensor([[1.0, 0], [-1, 0], [1, 0], [-1, 0]])
    assert rank_correlation(near, y, seed=0) == pytest.approx(1)
    # of the pairs of other sets half coincide, so the order is wrong but not wholly
    assert rank_correlation(far, y, seed=0) < -0.4


def test_length_doesnt_matter():
    """Only directions count."""
    y, z = random_labels(30, 5, 0.4, 0), embeddings(30)
    assert rank_correlation(z, y, seed=0) == pytest.approx(rank_correlation(7 * z, y, seed=0), abs=1e-6)


def test_seed():
    """Equal seeds, equal bits; another sample is near but not equal."""
    y, z = random_labels(200, 5, 0.4, 0), embeddings(200)
    first = rank_correlation(z, y, seed=0)
    assert first == rank_correlation(z, y, seed=0)
    other = rank_correlation(z, y, seed=1)
    assert other != first
    assert other == pytest.approx(first, abs=0.05)


@pytest.mark.parametrize(
    ("z", "y"),
    [
        (torch.zeros(0, 3), torch.zeros(0, 2, dtype=torch.bool)),
        (torch.ones(1, 3), labels("10")),
        (torch.randn(5, 3), labels(*["10"] * 5)),
        (torch.randn(5, 3), labels(*["00"] * 5)),
        (torch.ones(5, 3), labels("10", "01", "11", "10", "00")),
        (torch.zeros(5, 3), labels("10", "01", "11", "10", "00")),
    ],
)
def test_nothing_to_correlate(z, y):
    """Too few items, one overlap, no labels, or one cosine: 0."""
    assert rank_correlation(z, y, seed=0) == 0
