"""How far a map can be trusted."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from mlcl_core.maps import faithfulness, knn_recall, pca_map, sample_neighbours, spread, trustworthiness
from mlcl_core.maps.faithfulness import score_sample
from tests.maps.conftest import clusters

# items 0 to 5 on a line; the map exchanges items 1 and 4
LINE = np.array([[0.0], [1.0], [2.1], [3.3], [4.6], [6.0]])
SWAPPED = np.stack([LINE[[0, 4, 2, 3, 1, 5], 0], np.zeros(6)], 1)


def test_by_hand() -> None:
    """One nearest neighbour, two items exchanged: ranks and shares counted by hand.

    Nearest in z: 1 0 1 2 3 4. On the map item 1 lies at 4.6 and item 4 at 1.0, so the nearest shown are 4 (of 0), 3 (of
    1), 4 (of 2), 2 (of 3), 0 (of 4), 1 (of 5): one of six is right. Their ranks in z: 4 is 4th from 0 (after 1, 2, 3);
    3 is 3rd from 1 (0, 2); 4 is 4th from 2 (1, 3, 0); 2 is 1st from 3; 0 is 5th from 4; 1 is 4th from 5 (4, 3, 2).
    Beyond rank 1: 3 + 2 + 3 + 0 + 4 + 3 = 15, times 2 / (6 * 1 * (12 - 3 - 1)) = 1 / 24.
    """
    assert knn_recall(LINE, SWAPPED, 1) == pytest.approx(1 / 6)
    assert trustworthiness(LINE, SWAPPED, 1) == pytest.approx(1 - 15 / 24)


def test_equal_loops(z: np.ndarray) -> None:
    """Both scores are what plain loops over ranks give."""
    z, k = z[:40].astype(np.float64), 5
    xy = z[:, [3, 1]]
    cost = shared = 0
    for i in range(40):
        far = sorted((float(np.sum((z[i] - z[j]) ** 2)), j) for j in range(40) if j != i)
        near = sorted((float(np.sum((xy[i] - xy[j]) ** 2)), j) for j in range(40) if j != i)
        rank = {j: position + 1 for position, (_, j) in enumerate(far)}
        cost += sum(max(0, rank[j] - k) for _, j in near[:k])
        shared += sum(rank[j] <= k for _, j in near[:k])
    assert trustworthiness(z, xy, k) == pytest.approx(1 - cost * 2 / (40 * k * (80 - 3 * k - 1)))
    assert knn_recall(z, xy, k) == pytest.approx(shared / (40 * k))


def test_equals_sklearn(z: np.ndarray) -> None:
    """Trustworthiness is scikit-learn's."""
    xy = pca_map(z).xy
    assert trustworthiness(z, xy) == pytest.approx(sklearn_trustworthiness(z, xy, n_neighbors=15), abs=1e-9)


def test_perfect_map() -> None:
    """A map that is the space itself, turned and scaled, has both scores 1."""
    z = np.random.default_rng(0).normal(size=(60, 2))
    xy = 3 * z @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert faithfulness(z, xy) == {"trustworthiness": 1, "knn_recall": 1}


def test_random_map_is_half_trustworthy() -> None:
    """A map that knows nothing is trusted about half, and recalls k of n - 1."""
    z, xy = np.random.default_rng(0).normal(size=(2, 500, 2))
    assert trustworthiness(z, xy) == pytest.approx(0.5, abs=0.05)
    assert knn_recall(z, xy) == pytest.approx(15 / 499, abs=0.02)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10])
def test_few_items(n: int) -> None:
    """Few items lower k and break nothing; fewer than three can't be wrong."""
    z = np.random.default_rng(0).normal(size=(n, 3))
    scores = faithfulness(z, z[:, :2])
    assert all(0 <= score <= 1 for score in scores.values())
    if n < 3:
        assert scores == {"trustworthiness": 1, "knn_recall": 1}


def test_collapse_is_not_blamed() -> None:
    """Where all items are equal in z, any map shows true neighbours."""
    assert trustworthiness(np.ones((50, 4)), np.random.default_rng(0).normal(size=(50, 2))) == 1


def test_sample_is_fixed() -> None:
    """Beyond 500 items a fixed sample of 500 rows is scored, in order, without repetition."""
    rows = score_sample(2000)
    assert len(set(rows.tolist())) == 500
    assert (rows == score_sample(2000)).all()
    assert (np.diff(rows) > 0).all()
    z = clusters(700)
    assert sample_neighbours(z).shape == (500, 15)
    assert faithfulness(z, z[:, :2]) == faithfulness(z, z[:, :2], sample_neighbours(z))


def test_spread_by_hand() -> None:
    """Four points at distance 2 from their middle have spread 2; no points have none."""
    assert spread(np.array([[3.0, 1.0], [-1.0, 1.0], [1.0, 3.0], [1.0, -1.0]])) == 2
    assert spread(np.zeros((0, 2))) == 0
