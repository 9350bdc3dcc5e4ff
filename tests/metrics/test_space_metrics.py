"""Retrieval by label overlap and geometry of a space, against scikit-learn, loops and by hand."""

import math
import sys
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score, pairwise_distances
from torch.nn.functional import normalize

from mlcl_core.metrics import (
    SPACE_METRICS,
    alignment,
    effective_rank,
    nearest_neighbours,
    neighbour_ndcg,
    purity,
    space_metrics,
    uniformity,
)
from tests.cases import embeddings, labels, random_labels


def jaccard(y: np.ndarray) -> np.ndarray:
    """Of all pairs, by scikit-learn; items without labels are alike."""
    return 1 - pairwise_distances(y, metric="jaccard")


@pytest.mark.parametrize("k", [1, 4, 100])
def test_ndcg_of_neighbours_is_scikit_learns(k: int) -> None:
    """Without ties: all other items ranked by cosine, graded by the Jaccard similarity of their labels."""
    h, y = embeddings(14, 5), random_labels(14, 4, 0.4, 2).numpy()
    unit, alike = normalize(h, dim=1).double().numpy(), jaccard(y)
    cosine, rows = unit @ unit.T, np.arange(14)
    expected = [
        ndcg_score(alike[i][rows != i][None], cosine[i][rows != i][None], k=min(k, 13)) if alike[i].sum() > 1 else 0
        for i in rows
    ]
    found = neighbour_ndcg(nearest_neighbours(h, k), y)
    np.testing.assert_allclose(np.nan_to_num(found), expected, atol=1e-6)


@settings(max_examples=12)
@given(st.integers(0, 200), st.integers(1, 4))
def test_ties_are_the_mean_of_all_orders(seed: int, k: int) -> None:
    """Items on three spots; each order of the others, nearest first, is as likely as another."""
    rng = np.random.default_rng(seed)
    angle = torch.tensor(rng.integers(0, 3, 5) * 0.5)
    h, y = torch.stack([angle.cos(), angle.sin()], 1).float(), rng.random((5, 3)) < 0.5
    alike, found = jaccard(y), neighbour_ndcg(nearest_neighbours(h, k), y)
    worth = 1 / np.log2(np.arange(2, k + 2))
    for i in range(5):
        others = [j for j in range(5) if j != i]
        far = {j: round(abs(float(angle[j] - angle[i])), 3) for j in others}
        allowed = [order for order in permutations(others) if [far[j] for j in order] == sorted(far.values())]
        best = np.sort(alike[i, others])[::-1][:k] @ worth
        if best == 0:
            assert math.isnan(found[i])
        else:
            assert found[i] == pytest.approx(np.mean([alike[i, order[:k]] @ worth for order in allowed]) / best)


def test_ndcg_by_hand() -> None:
    """The better neighbour stands second; an item without a direction is no neighbour and has none."""
    angle = torch.tensor([0.0, 0.1, 0.3, 1.5])
    h = torch.stack([angle.cos(), angle.sin()], 1)
    y = labels("110", "100", "110", "001").numpy()
    found = neighbour_ndcg(nearest_neighbours(h, 2), y)
    second = 1 / np.log2(3)
    assert found[0] == pytest.approx((0.5 + second) / (1 + 0.5 * second))
    assert math.isnan(found[3])
    h[2] = 0
    assert neighbour_ndcg(nearest_neighbours(h, 2), y)[0] == 1
    assert math.isnan(neighbour_ndcg(nearest_neighbours(h, 2), y)[2])


def test_tiles_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item at a time."""
    near, y = nearest_neighbours(embeddings(12, 4), 3), random_labels(12, 3, 0.5, 1).numpy()
    whole = neighbour_ndcg(near, y)
    monkeypatch.setattr(sys.modules[neighbour_ndcg.__module__], "NUMBERS", 1)
    np.testing.assert_allclose(neighbour_ndcg(near, y), whole, atol=1e-6)


def test_space_metrics_are_those_of_their_functions() -> None:
    """Neighbours in h, geometry in z; positives are pairs that share a label, whatever the loss."""
    h, z, y = embeddings(150, 5), embeddings(150, 3, seed=1), random_labels(150, 4, 0.3, 2)
    found, near = space_metrics(h, z, y, k=5), nearest_neighbours(h, 5)
    share = ((y.float() @ y.float().T) > 0) & ~torch.eye(150, dtype=torch.bool)
    assert list(found) == list(SPACE_METRICS)
    assert found == pytest.approx(
        {
            "neighbour_ndcg": np.nanmean(neighbour_ndcg(near, y.numpy())),
            "neighbour_purity": purity(near, y.numpy()).mean(),
            "alignment": alignment(z, share),
            "uniformity": uniformity(z),
            "effective_rank": effective_rank(z),
        },
        abs=1e-5,
    )
    for name, value in found.items():
        record = SPACE_METRICS[name]
        assert record.low <= value <= (math.inf if record.high is None else record.high)
        assert record.summary.endswith(".")


def test_what_a_space_lacks_is_left_out() -> None:
    """No projection head: no geometry; no items, or labels that none share: nothing of neighbours either."""
    h = embeddings(6, 3)
    assert set(space_metrics(h, None, random_labels(6, 2, 0.9, 0))) == {"neighbour_ndcg", "neighbour_purity"}
    assert space_metrics(h[:0], h[:0], labels("11")[:0].numpy()) == {}
    assert "neighbour_ndcg" not in space_metrics(h, h, torch.eye(6, dtype=torch.bool))
